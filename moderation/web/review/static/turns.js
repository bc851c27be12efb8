/* One act on a card after the other, each on the version that came of the last one. Nothing that was
   shown as done is lost without a word: while something waits, leaving the page asks first; and what
   waits when it is left all the same is sent then, on the versions that are to be expected. */

import { isUnanswered } from "./ask.js";

/* What was not sent yet. */
const waiting = new Set();
/* By card: when its last act ends, and the version that the card has then. */
const last = new Map();

/* Do `work` when nothing else is on its way for these cards. It is given a function that tells a
   card's version. */
export function inTurn(cards, work) {
  const before = cards.map((card) => last.get(card.id));
  const versions = new Map(
    cards.map((card, at) => [card.id, before[at]?.version ?? Number(card.dataset.version)]),
  );
  const job = {};
  const leaving = new Promise((leave) => { job.leave = leave; });
  waiting.add(job);
  const turn = Promise.race([
    Promise.all(before.map((one) => one?.ended)).then(() => false),
    leaving.then(() => true),
  ]).then((left) => {
    waiting.delete(job);
    return work((card) => (left ? versions.get(card.id) : Number(card.dataset.version)));
  });
  const ended = turn.catch(() => {});
  for (const [id, version] of versions) {
    const entry = { ended, version: version + 1 };
    last.set(id, entry);
    ended.then(() => { if (last.get(id) === entry) last.delete(id); });
  }
  return turn;
}

addEventListener("beforeunload", (event) => {
  if (waiting.size || isUnanswered()) event.preventDefault();
});
addEventListener("pagehide", () => {
  for (const job of waiting) job.leave();
});
