/* The policy editor: how far a replay came. Everything else there works without a script. */

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
