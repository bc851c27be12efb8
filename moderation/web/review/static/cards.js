/* The list of cards: which one has the focus, which ones are open, and where more come from. */

import { fragment, post, say } from "./ask.js";

const MARKS_AFTER_MS = 200;
const FEW = 5;
/* How many cards that are done stay: with more, each key takes longer, and nobody scrolls so far. */
const KEPT = 50;
const list = document.getElementById("cards");
const isQueue = list?.classList.contains("queue");
let last = null;
let fetching = false;

export const all = () => [...document.querySelectorAll(".card")];
export const isOpen = (card) => card.dataset.state === "held";
export const byId = (id) => all().find((card) => card.id === id);

/* The card that keys act on: the focused one, or the last one if the focus is nowhere. */
export function current() {
  const active = document.activeElement;
  const focused = active?.closest(".card");
  if (focused) return focused;
  const nowhere = !active || active === document.body || active.id === "main";
  return nowhere && last?.isConnected ? last : null;
}

export function focus(card) {
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

/* Go to the card `step` places on. */
export function go(step) {
  const cards = all();
  if (!cards.length) return;
  const from = cards.indexOf(last?.isConnected ? last : null);
  focus(cards[Math.min(Math.max(from + step, 0), cards.length - 1)]);
}

/* Leave a card that is done for the next open one, else for one that was passed over. */
export function moveOn(card) {
  const cards = all();
  const at = cards.indexOf(card);
  const next = [...cards.slice(at + 1), ...cards.slice(0, at)].find(isOpen);
  if (next) focus(next);
  else document.getElementById("end")?.focus();
  more();
}

/* Fetch the next ten when few are left, so that the next card is always there already. */
export async function more() {
  if (!isQueue || fetching || !list.dataset.next) return;
  const cards = all();
  const ahead = cards.slice(last ? cards.indexOf(last) + 1 : 0).filter(isOpen);
  if (ahead.length > FEW) return;
  fetching = true;
  try {
    const query = new URLSearchParams(location.search);
    query.set("cursor", list.dataset.next);
    query.delete("site");
    add(await fragment(`/review/cards?${query}`));
  } catch (refused) {
    say(`The next comments did not come: ${refused.message}`);
  } finally {
    fetching = false;
  }
  if (document.activeElement?.id === "end") all().find(isOpen)?.focus();
}

/* Show what came in since, at the top, when the reader asks for it. */
export async function renew() {
  const fresh = await unseen();
  list.prepend(...fresh);
  say(fresh.length ? "" : "They come further down in this order.");
  if (fresh.length) focus(fresh[0]);
  describe();
}

/* The first ten as they are now, claimed anew; those that are not here yet. */
async function unseen() {
  const query = new URLSearchParams(location.search);
  query.delete("site");
  const found = await fragment(`/review/cards?${query}`);
  return [...found.querySelectorAll(".card")].filter((card) => !byId(card.id));
}

function add(found) {
  const page = found.querySelector("[data-next]");
  list.dataset.next = page.dataset.next;
  list.append(...[...page.querySelectorAll(".card")].filter((card) => !byId(card.id)));
  leave();
  describe();
}

/* Let the cards go that were done long ago. */
function leave() {
  const done = all().filter((card) => !isOpen(card) && card !== last);
  still(last, () => { for (const card of done.slice(0, -KEPT)) card.remove(); });
}

/* Show cards again that were let go, at the top: what was done to them is taken back. */
export function bringBack(cards) {
  if (isQueue) list.prepend(...cards.filter((card) => !card.isConnected));
}

/* Change cards while the one that is read stays where it is on the screen. */
export function still(read, change) {
  const top = read?.getBoundingClientRect().top;
  change();
  if (read) scrollBy(0, read.getBoundingClientRect().top - top);
}

function describe() {
  const left = all().some(isOpen) || list.dataset.next;
  document.getElementById("end").textContent = left ? "" : "That is all for now.";
}

/* Show what became of a card. `slim`: the reader is done with it, so it takes one line. */
export function mark(card, state, outcome, { slim = false, message = "" } = {}) {
  card.dataset.state = state;
  card.classList.toggle("slim", slim);
  card.querySelector(".outcome").textContent = outcome;
  const place = card.querySelector(".message");
  place.textContent = message;
  place.hidden = !message;
  card.dispatchEvent(new Event("marked", { bubbles: true }));
  if (isQueue) describe();
}

let waiting;
let asking;

document.addEventListener("focusin", (event) => {
  const card = event.target.closest(".card");
  if (!card || card === last) return;
  last = card;
  card.classList.remove("slim");
  clearTimeout(waiting);
  asking?.abort();
  if (!card.dataset.marked && card.querySelector(".text") && !card.querySelector(".text mark")) {
    waiting = setTimeout(() => markWords(card), MARKS_AFTER_MS);
  }
  more();
});

/* Mark what raised the score. Without an answer the text stays as it is: it is all there. */
async function markWords(card) {
  asking = new AbortController();
  const version = card.dataset.version;
  try {
    const found = await fragment(`/review/text/${card.id}?version=${version}`, { signal: asking.signal });
    card.dataset.marked = version;
    if (!found.querySelector("mark")) return;
    card.querySelector(".text").replaceChildren(...found.querySelector(".text").childNodes);
    card.querySelector(".legend").hidden = false;
  } catch {
    /* The scorer is busy or away; coming back to the card asks again. */
  }
}

/* Leases: renewed while somebody looks, given back on leaving. */
const RENEW_MS = 30_000;
const AGAIN_MS = 500;
const claimed = () => all().filter(isOpen).map((card) => card.id);

function keep() {
  const ids = claimed();
  if (document.visibilityState === "visible" && ids.length) post("renew", { ids }).catch(() => {});
}

if (isQueue && list.dataset.claims) {
  setInterval(keep, RENEW_MS);
  document.addEventListener("visibilitychange", keep);
  addEventListener("pagehide", () => {
    const ids = claimed();
    if (ids.length) post("release", { ids }, { keepalive: true }).catch(() => {});
  });
  /* A page gives its claims back when the one after it is there already, these among them. */
  const [came] = performance.getEntriesByType("navigation");
  if (came?.type !== "navigate" || document.referrer.startsWith(location.origin)) {
    setTimeout(() => unseen().then((fresh) => list.append(...fresh)).catch(() => {}), AGAIN_MS);
  }
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
if (isQueue) describe();
if (all().length) focus(all()[0]);
