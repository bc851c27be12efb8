/* The policy editor: how far a replay came, and a question to who leaves what they typed. Everything
   else there works without a script. */

import { fragment, say } from "./ask.js";

const EVERY_MS = 1000;
const shown = () => document.getElementById("replayed");
const unreplayed = document.getElementById("unreplayed");

async function look() {
  try {
    const path = location.pathname.replace(/draft$/, "replay");
    shown().replaceWith(await fragment(path));
  } catch {
    return void setTimeout(look, EVERY_MS * 5);
  }
  follow();
}

function follow() {
  if (shown().dataset.state === "running") return void setTimeout(look, EVERY_MS);
  unreplayed.hidden = "done" in shown().dataset;
  say(shown().dataset.state === "done" ? "The replay is done." : "The replay has ended.");
}

if (shown().dataset.state === "running") follow();

/* What was typed is asked about until a button of the form sends it; a text that came back with a
   fault, or beside a colleague's, is not kept yet. */
const form = document.getElementById("draft");
const text = form.elements.source;
let sent = false;
form.addEventListener("submit", () => { sent = true; });
addEventListener("pageshow", () => { sent = false; });
addEventListener("beforeunload", (event) => {
  if (!sent && (text.value !== text.defaultValue || "unkept" in form.dataset)) event.preventDefault();
});
