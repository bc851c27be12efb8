/* Many cards at once: which ones are chosen, the bar that says so, and the one act on all of them,
   which is one entry of what can be taken back. Nothing moves under the reader. */

import { SURELY, failed, forget, news, remember } from "./acts.js";
import { post, say } from "./ask.js";
import { all, bringBack, byId, focus, isOpen, mark, moveOn, still } from "./cards.js";
import { inTurn } from "./turns.js";

const DONE = { approve: "Approved", reject: "Rejected" };
/* What a card says after an act on it alone. */
const ALONE = new Set(["approve", "reject", "escalated", "skipped"]);
const dock = document.getElementById("dock");
const count = document.getElementById("count");
const most = Number(dock?.dataset.most);
const box = (card) => card.querySelector(".pick input");
const isChosen = (card) => isOpen(card) && box(card)?.checked;
export const chosen = () => all().filter(isChosen);
let size = 0;

export function choose(card) {
  const one = box(card);
  if (!one || !isOpen(card)) return;
  one.checked = !one.checked;
  tell();
}

/* Choose all that are open here; if they are, none. */
export function chooseAll() {
  const open = all().filter((card) => isOpen(card) && box(card)).slice(0, most);
  const none = open.every(isChosen);
  for (const card of open) box(card).checked = !none;
  tell();
}

export function chooseNone() {
  if (dock?.contains(document.activeElement)) moveOn(chosen()[0] ?? all()[0]);
  for (const card of chosen()) box(card).checked = false;
  tell();
}

function tell() {
  const cards = chosen();
  for (const card of cards.splice(most)) {
    box(card).checked = false;
    say(`One act decides on ${most} at most.`);
  }
  if (!cards.length && !size) return;
  size = cards.length;
  count.textContent = size ? `${size} selected` : "";
  for (const name of dock.querySelectorAll("[data-count]")) name.textContent = size;
  show(size ? "choosing" : "");
}

/* Show a part of the bar, or nothing of it. */
function show(part) {
  dock.hidden = !part;
  for (const one of dock.children) one.hidden = one.dataset.part !== part;
}

document.addEventListener("change", (event) => { if (event.target.closest(".pick")) tell(); });
document.addEventListener("marked", ({ target }) => {
  if (size) tell();
  else if (dock && ALONE.has(target.dataset.state)) show(""); /* what can be taken back next is that */
});
/* Browsers fill in what was chosen before a page was loaded anew. */
if (dock) for (const card of all()) if (box(card)) box(card).checked = false;

/* Change cards while the one that is read stays where it is. */
const inPlace = (change) =>
  still(document.activeElement?.closest(".card") ?? all().find((card) => isOpen(card) && !isChosen(card)), change);

/* The name of a batch, which it keeps when it is sent again. */
export const named = () =>
  `b_${[...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("")}`;

/* A batch that got no answer. */
let unsure = null;

export function decideChosen(decision, reason = null, label = "", note = null) {
  const cards = chosen();
  if (!cards.length) return;
  const outcome = label ? `${DONE[decision]}: ${label.toLowerCase()}` : DONE[decision];
  const same = unsure?.decision === decision && unsure.reason === reason && cards.every((card) => unsure.cards.includes(card));
  const entry = { batch: same ? unsure.batch : named(), reason, cards, outcome, decision, take: () => takeBack(entry) };
  const read = document.activeElement?.closest(".card");
  remember(entry);
  inPlace(() => {
    for (const card of cards) {
      box(card).checked = false;
      mark(card, decision, outcome, { slim: true });
    }
  });
  if (!read || cards.includes(read)) moveOn(read ?? cards.at(-1));
  told(entry, `${outcome}: ${cards.length}.`);
  inTurn(cards, (version) => {
    const items = cards.map((card) => ({ id: card.id, version: version(card) }));
    return post("bulk", { batch: entry.batch, decision, reason, note, items }, SURELY);
  }).then(
    ({ done, refused }) => {
      entry.done = done;
      settle(entry, done, refused);
      if (refused.length) told(entry, `${outcome}: ${done.length}. ${left(refused)}`);
    },
    (fault) => {
      entry.done = [];
      forget(entry);
      /* Without an answer some may be saved: they are chosen again, and go by the same name. */
      unsure = !fault.status || fault.status >= 500 ? entry : null;
      show(size ? "choosing" : "");
      for (const card of cards) {
        failed(card, fault, { state: "held", outcome: "" });
        if (unsure) box(card).checked = true;
      }
      tell();
    },
  );
}

const left = (refused) =>
  refused.length === 1 ? "1 was left as it is; its card says why." : `${refused.length} were left as they are; their cards say why.`;

/* Say what became of a batch, with the button that takes it back. */
function told(entry, sentence) {
  dock.querySelector("[data-told]").textContent = sentence;
  dock.querySelector("[data-take]").onclick = () => entry.take();
  if (!size) show("done");
  count.textContent = sentence;
}

/* A card of a batch: as it is shown now, or as it was where another search has other cards. */
const of = (entry, id) => byId(id) ?? entry.cards.find((card) => card.id === id);

function settle(entry, done, refused) {
  for (const { id, version } of done) of(entry, id).dataset.version = version;
  for (const { id, message } of refused) news(of(entry, id), message);
}

/* Take a batch back: all that still stands as it was decided there. */
async function takeBack(entry) {
  forget(entry);
  if (!size) show("");
  const cards = entry.done ? entry.done.map(({ id }) => of(entry, id)) : entry.cards;
  inPlace(() => {
    bringBack(cards);
    for (const card of cards) mark(card, "held", "");
  });
  if (cards.length && !document.activeElement?.closest(".card")) focus(cards[0]);
  try {
    const answer = await inTurn(cards, (version) => {
      const items = entry.done ?? cards.map((card) => ({ id: card.id, version: version(card) }));
      return items.length && post("bulk/undo", { batch: entry.batch, items }, SURELY);
    });
    if (!answer) return; /* it was not saved, and the cards say why */
    settle(entry, answer.done, answer.refused);
    const many = answer.done.length;
    say(answer.refused.length
      ? `${many} of ${cards.length} are held again. ${left(answer.refused)}`
      : `Taken back: ${many} ${many === 1 ? "is" : "are"} held again.`);
  } catch (fault) {
    remember(entry);
    for (const card of cards) failed(card, fault, { state: entry.decision, outcome: entry.outcome });
    told(entry, `Not taken back. ${fault.message}`);
  }
}
