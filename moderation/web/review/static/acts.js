/* What a person does with a card. It is shown at once and sent behind; if it could not be saved the
   card says so and is open again, and if a colleague was first, that is news and no fault. */

import { post, say, unsaved } from "./ask.js";
import { bringBack, byId, focus, isOpen, mark, moveOn } from "./cards.js";
import { inTurn } from "./turns.js";

/* What was done is sent again if nobody answers, and is sent to its end if the page is left. */
export const SURELY = { patient: true, keepalive: true };
/* Refusals that the same would meet again: signed out, not allowed. */
const FINAL = new Set([401, 403]);
const DONE = { approve: "Approved", reject: "Rejected" };
/* What can be taken back, the latest last; `take` where it takes more than one card. */
const stack = [];
const history = document.getElementById("history");

const isDecidable = (card, decision) =>
  isOpen(card) || (history && card.dataset.state in DONE && card.dataset.state !== decision);

export function decide(card, decision, reason = null, label = "", note = null) {
  if (!isDecidable(card, decision) || !card.querySelector(`[data-act="${decision}"]`)) return;
  const outcome = label ? `${DONE[decision]}: ${label.toLowerCase()}` : DONE[decision];
  act(card, "decide", decision, outcome, { decision, reason, note });
}

export function escalate(card, note) {
  if (isOpen(card)) act(card, "escalate", "escalated", "Escalated", { note });
}

/* Show what was done, go on, and send it. */
function act(card, path, state, outcome, body) {
  const before = { state: card.dataset.state, outcome: card.querySelector(".outcome").textContent };
  const entry = { id: card.id, card, state, outcome, before };
  remember(entry);
  mark(card, state, outcome, { slim: !history });
  moveOn(card);
  inTurn([card], (version) => post(path, { id: card.id, version: version(card), ...body }, SURELY)).then(
    (answer) => {
      card.dataset.version = answer.version;
      entry.version = answer.version;
      tell();
    },
    (refused) => {
      entry.failed = true;
      forget(entry);
      failed(card, refused, before);
    },
  );
}

export function skip(card) {
  if (!isOpen(card) || history) return;
  remember({ id: card.id, card, skipped: true, before: { state: "held", outcome: "" } });
  mark(card, "skipped", "Skipped", { slim: true });
  moveOn(card);
  post("release", { ids: [card.id] }).catch(() => {}); /* else the lease ends by itself */
}

/* Take back the latest, or what was done to one card: it is then as it was before. */
export async function undo(card = null) {
  const entry = card ? stack.findLast((one) => one.id === card.id) : stack.at(-1);
  if (!entry) return say("There is nothing to take back.");
  if (entry.take) return entry.take();
  forget(entry);
  const shown = byId(entry.id) ?? entry.card; /* another search has other cards */
  /* At once and not with the answer: by then the card may have been decided anew. */
  const { state, outcome } = entry.before;
  bringBack([shown]);
  mark(shown, state, outcome);
  focus(shown);
  if (entry.skipped) return undefined;
  try {
    const answer = await inTurn([shown], (version) => takenBack(entry, version(shown)));
    if (!answer) return undefined; /* it was not saved, and the card says why */
    shown.dataset.version = answer.version;
    say(state === "held" ? "Taken back: it is held again." : "Taken back.");
    tell();
  } catch (refused) {
    if (refused.status !== 412) remember(entry);
    failed(shown, refused, entry);
  }
  return undefined;
}

/* `version`: of the card, which is the act's own where that one was not answered yet. */
async function takenBack(entry, version) {
  return !entry.failed && post("undo", { id: entry.id, version: entry.version ?? version }, SURELY);
}

/* Show what a colleague did to a card, without moving it. */
export function news(card, sentence, message = "") {
  mark(card, "news", sentence, { message });
}

export function failed(card, refused, before) {
  if (refused.status === 412 || refused.status === 404) {
    news(card, refused.message);
    say(refused.message);
    return;
  }
  mark(card, before.state, before.outcome, {
    message: `${unsaved(refused)} ${refused.message} ${FINAL.has(refused.status) ? "" : "Try again."}`,
  });
  if (refused.status === 401) offerSignIn(card);
  say(`${unsaved(refused)} ${refused.message}`);
}

function offerSignIn(card) {
  const link = document.createElement("a");
  link.href = "/login";
  link.target = "_blank";
  link.textContent = "Sign in again, then reload this page.";
  card.querySelector(".message").append(link);
}

export function remember(entry) {
  stack.push(entry);
  byId(entry.id)?.classList.add("undoable");
}

export function forget(entry) {
  const at = stack.indexOf(entry);
  if (at >= 0) stack.splice(at, 1);
  byId(entry.id)?.classList.toggle("undoable", stack.some((one) => one.id === entry.id));
}

/* A page about one comment shows its history, which has just grown. */
function tell() {
  if (history) history.dispatchEvent(new Event("grown"));
}
