/* A whole band of scores: some of it to look at, one act on what the preview names, and back. */

import { SURELY, forget, remember } from "./acts.js";
import { fragment, post, say, site } from "./ask.js";
import { askWhy } from "./reasons.js";
import { named } from "./select.js";

const RENEWED_MS = 1000;
const DONE = { approve: "Approved", reject: "Rejected" };
const form = document.getElementById("band-form");
const place = document.getElementById("preview");
/* What is before the reader: a batch that nothing was done with yet, or that was decided. */
let batch = null;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { low, high } = Object.fromEntries(new FormData(form));
  try {
    place.replaceChildren(await fragment("/review/bulk/preview", { body: { low: Number(low), high: Number(high) } }));
  } catch (refused) {
    say(refused.message);
    return;
  }
  const items = place.querySelector(".band").dataset.items.split(" ").filter(Boolean).map((one) => {
    const [id, version] = one.split(":");
    return { id, version: Number(version) };
  });
  batch = { id: named(), items, done: [] };
  place.querySelector("h2").focus();
});

const button = (name) => place.querySelector(`[data-band=${name}]`);

function allow(...names) {
  for (const name of ["approve", "reject", "undo"]) button(name).hidden = !names.includes(name);
}

/* Say what came of it where the reader is, with what was left and why. */
function tell(sentence, refused = []) {
  const told = place.querySelector("[data-told]");
  told.textContent = sentence;
  told.focus();
  const list = place.querySelector(".refused");
  list.hidden = !refused.length;
  list.replaceChildren(...refused.map(({ id, message }) => {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = `/item/${id}?site=${encodeURIComponent(site)}`;
    link.textContent = id;
    line.append(link, `: ${message}`);
    return line;
  }));
}

const left = (refused) => {
  if (!refused.length) return "";
  return refused.length === 1 ? " 1 was left as it is:" : ` ${refused.length} were left as they are:`;
};

async function decide(decision, reason = null, label = "", note = null) {
  const mine = batch;
  allow();
  tell("…");
  try {
    const { done, refused } = await post("bulk", { batch: mine.id, decision, reason, note, items: mine.items }, SURELY);
    mine.done = done;
    mine.take = () => takeBack(mine);
    if (done.length) remember(mine);
    if (mine !== batch) return;
    allow(done.length ? "undo" : "");
    tell(`${DONE[decision]}${label ? ` (${label.toLowerCase()})` : ""}: ${done.length}.${left(refused)}`, refused);
  } catch (refused) {
    /* Sent again as it was, what is saved already is not done twice. */
    const unsure = !refused.status || refused.status >= 500;
    mine.again = unsure ? [decision, reason, label, note] : null;
    allow(...(unsure ? [decision] : ["approve", "reject"]));
    tell(unsure
      ? `Some may be saved. ${refused.message} Press the same button again: nothing is done twice.`
      : `Not saved. ${refused.message}`);
  }
}

async function takeBack(mine) {
  forget(mine);
  try {
    const { done, refused } = await post("bulk/undo", { batch: mine.id, items: mine.done }, SURELY);
    say(`Taken back: ${done.length} ${done.length === 1 ? "is" : "are"} held again.`);
    if (mine !== batch) return;
    allow();
    tell(`Taken back: ${done.length} of ${mine.done.length}.${left(refused)}`, refused);
  } catch (refused) {
    remember(mine);
    say(`Not taken back. ${refused.message}`);
  }
}

place.addEventListener("click", (event) => {
  const act = event.target.closest("[data-band]")?.dataset.band;
  if (batch?.again && (act === "approve" || act === "reject")) decide(...batch.again);
  else if (act === "approve") decide(act);
  else if (act === "reject") askWhy(`Reject ${batch.items.length}: why?`, (...why) => decide(act, ...why));
  if (act === "undo") batch.take();
});

/* What is held by score, drawn anew when something was decided, by whomever. */
let renewing;
function renewed() {
  clearTimeout(renewing);
  renewing = setTimeout(renew, RENEWED_MS);
}

async function renew() {
  const before = document.getElementById("by-score");
  if (before.contains(document.activeElement)) return renewed();
  try {
    const after = (await fragment("/bulk")).getElementById("by-score");
    const [was, is] = [before, after].map((one) => one.querySelector("details"));
    if (was && is) is.open = was.open;
    before.replaceWith(after);
  } catch {
    /* What happens next asks again. */
  }
  return undefined;
}

document.addEventListener("happened", renewed);
