/* What a person does with a card. It is shown at once and sent behind; if it could not be saved the
   card says so and is open again, and if a colleague was first, that is news and no fault. */

import { post, say } from "./ask.js";
import { all, byId, focus, isOpen, mark, moveOn } from "./cards.js";

const DONE = { approve: "Approved", reject: "Rejected" };
/* What can be taken back, the latest last. */
const stack = [];
const history = document.getElementById("history");

const isDecidable = (card, decision) =>
  isOpen(card) || (history && card.dataset.state in DONE && card.dataset.state !== decision);

export function decide(card, decision, reason = null, label = "") {
  if (!isDecidable(card, decision)) return;
  const before = { state: card.dataset.state, outcome: card.querySelector(".outcome").textContent };
  const outcome = label ? `${DONE[decision]}: ${label.toLowerCase()}` : DONE[decision];
  const entry = { id: card.id, before, outcome, decision };
  stack.push(entry);
  mark(card, decision, outcome, { slim: !history });
  moveOn(card);
  const body = { id: card.id, version: Number(card.dataset.version), decision, reason };
  entry.sent = post("decide", body, { patient: true }).then(
    (answer) => {
      card.dataset.version = answer.version;
      entry.version = answer.version;
      tell();
    },
    (refused) => {
      forget(entry);
      failed(card, refused, before);
    },
  );
}

export function skip(card) {
  if (!isOpen(card) || history) return;
  stack.push({ id: card.id, skipped: true });
  mark(card, "skipped", "Skipped", { slim: true });
  moveOn(card);
  post("release", { ids: [card.id] }).catch(() => {}); /* else the lease ends by itself */
}

export function escalate(card, note) {
  if (!isOpen(card)) return;
  mark(card, "escalated", "Escalated", { slim: !history });
  moveOn(card);
  const body = { id: card.id, version: Number(card.dataset.version), note };
  post("escalate", body, { patient: true }).then(
    (answer) => {
      card.dataset.version = answer.version;
      tell();
    },
    (refused) => failed(card, refused, { state: "held", outcome: "" }),
  );
}

/* Take back the latest, or what was done to one card. */
export async function undo(card = null) {
  const entry = card ? stack.findLast((one) => one.id === card.id) : stack.at(-1);
  if (!entry) return say("There is nothing to take back.");
  forget(entry);
  const shown = byId(entry.id);
  mark(shown, "held", "");
  focus(shown);
  if (entry.skipped) return undefined;
  await entry.sent;
  if (!entry.version) return undefined; /* it was not saved, and the card says why */
  try {
    const body = { id: entry.id, version: entry.version };
    shown.dataset.version = (await post("undo", body, { patient: true })).version;
    say("Taken back: it is held again.");
    tell();
  } catch (refused) {
    if (refused.status !== 412) stack.push(entry);
    failed(shown, refused, { state: entry.decision, outcome: entry.outcome });
  }
  return undefined;
}

/* Show what a colleague did to a card, without moving it. */
export function news(card, sentence) {
  mark(card, "news", sentence);
}

function failed(card, refused, before) {
  if (refused.status === 412 || refused.status === 404) {
    news(card, refused.message);
    say(refused.message);
    return;
  }
  mark(card, before.state, before.outcome, {
    slim: card.classList.contains("slim"),
    message: `Not saved. ${refused.message} ${refused.status === 401 ? "" : "Try again."}`,
  });
  if (refused.status === 401) offerSignIn(card);
  say(`Not saved. ${refused.message}`);
}

function offerSignIn(card) {
  const link = document.createElement("a");
  link.href = "/login";
  link.target = "_blank";
  link.textContent = "Sign in again, then reload this page.";
  card.querySelector(".message").append(link);
}

function forget(entry) {
  const at = stack.indexOf(entry);
  if (at >= 0) stack.splice(at, 1);
}

/* A page about one comment shows its history, which has just grown. */
function tell() {
  if (history) history.dispatchEvent(new Event("grown"));
}

export const anyOpen = () => all().some(isOpen);
