/* The page's keys, buttons and dialogs. Each key has a button; the keys can be switched off. */

import { fragment, say } from "./ask.js";
import { current, go } from "./cards.js";
import { decide, escalate, skip, undo } from "./acts.js";
import { askWhy, pressed } from "./reasons.js";
import { choose, chooseAll, chooseNone, chosen, decideChosen } from "./select.js";
import "./live.js";

const GROWN_MS = 200;
const html = document.documentElement;
const dialog = (id) => document.getElementById(id);
const reasons = dialog("reasons");
const note = dialog("note");
const drawer = dialog("drawer");
/* The card that an open dialog is about. */
let subject = null;

const KEYS = {
  j: "next", k: "previous", a: "approve", r: "reject", s: "skip", e: "escalate", z: "undo",
  u: "author", c: "thread", ".": "soften", "?": "help", "/": "search",
  x: "choose", "shift+x": "chooseAll", "shift+a": "approveAll", "shift+r": "rejectAll",
};
const DRAWERS = { author: "This author", thread: "This conversation" };

/* `card` is null where the focus is elsewhere; only what needs none happens then. */
const ACTS = {
  next: () => go(1),
  previous: () => go(-1),
  undo: () => undo(),
  soften: () => soften(),
  help: () => show(dialog("help")),
  search,
  approve: (card) => card && decide(card, "approve"),
  reject: (card) => card && isFor(reasons, card) && whyOne(card),
  skip: (card) => card?.querySelector('[data-act="skip"]') && skip(card),
  escalate: (card) => card && isFor(note, card) && askWhat(card),
  author: (card) => card && open("author", card),
  thread: (card) => card && open("thread", card),
  show: (card) => card?.toggleAttribute("data-shown"),
  choose: (card) => card && choose(card),
  chooseAll,
  chooseNone,
  approveAll: () => decideChosen("approve"),
  rejectAll: () => chosen().length && whyAll(),
};

function search() {
  const field = document.querySelector("form.search input");
  if (field) field.select();
  else location.href = document.querySelector('nav a[href^="/search"]').href;
}

function soften() {
  const soft = html.toggleAttribute("data-soften");
  for (const card of document.querySelectorAll("[data-shown]")) card.removeAttribute("data-shown");
  say(soft ? "Texts are softened; Enter shows one." : "Texts are shown.");
}

function isFor(about, card) {
  if (!card.querySelector(`[data-act="${about === note ? "escalate" : "reject"}"]`)) return false;
  return card.dataset.state === "held" || (about === reasons && history);
}

function askWhat(card) {
  subject = card;
  note.querySelector("form").reset();
  show(note);
}

const whyOne = (card) => askWhy("Reject: why?", (...said) => decide(card, "reject", ...said));
const whyAll = () => askWhy(`Reject ${chosen().length}: why?`, (...said) => decideChosen("reject", ...said));

/* Open a dialog with the focus where nothing is chosen yet. */
function show(about) {
  about.showModal();
  about.querySelector("[data-first]").focus();
}

async function open(which, card) {
  drawer.querySelector("h2").textContent = DRAWERS[which];
  drawer.dataset.which = which;
  const content = drawer.querySelector(".content");
  content.textContent = "…";
  show(drawer);
  try {
    content.replaceChildren(await fragment(`/review/${which}/${card.id}`));
  } catch (refused) {
    content.textContent = refused.message;
  }
}

/* Keys while a dialog is open: a reason by its number, and the key that opened a drawer shuts it. */
function inDialog(opened, key) {
  if (opened === reasons) return pressed(key);
  if (opened === drawer && KEYS[key] === drawer.dataset.which) return drawer.close();
  if (opened.id === "help" && key === "?") return opened.close();
  return undefined;
}

/* A letter by its name, whatever CapsLock says; other keys by what they write. */
const named = ({ key, shiftKey }) =>
  /^[a-z]$/i.test(key) ? `${shiftKey ? "shift+" : ""}${key.toLowerCase()}` : key;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || html.dataset.shortcuts === "off") return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const key = named(event);
  const opened = document.querySelector("dialog[open]");
  if (opened) {
    if (inDialog(opened, key)) event.preventDefault(); /* it may have opened a field */
    return;
  }
  const isCard = event.target.classList?.contains("card");
  const act = key === "Enter" && isCard ? "show" : KEYS[key];
  if (!act) return;
  event.preventDefault();
  ACTS[act](current());
});

/* A card grows when it gets the focus, so a press on a button must not give it before the release:
   the button would have moved away. */
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".card :is(button, .pick)")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  button.closest(".card:not(:focus-within)")?.focus({ preventScroll: true });
  if (button.dataset.close !== undefined) button.closest("dialog").close();
  const { act } = button.dataset;
  const card = button.closest(".card");
  if (act === "undo") undo(card);
  else if (act) ACTS[act](card);
});

/* Sent at once, not when the dialog says that it is closed: a key that comes between the two would
   act on the same comment. */
note?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = note.querySelector("textarea").value.trim();
  note.close();
  escalate(subject, said || null);
});

/* Enter in the field sends it, as the button does; with Shift it is a new line. */
note?.querySelector("textarea").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  note.querySelector("form").requestSubmit();
});

/* A page about one comment: its history grows with what is done there. */
const history = document.getElementById("history");
async function tellHistory() {
  try {
    history.replaceChildren(await fragment(`/review/history/${history.dataset.id}`));
  } catch (refused) {
    say(refused.message);
  }
}

/* What is done here is told by the stream as well: both are one. */
let growing;
function grown() {
  clearTimeout(growing);
  growing = setTimeout(tellHistory, GROWN_MS);
}

history?.addEventListener("grown", grown);
document.addEventListener("happened", ({ detail }) => {
  if (detail.id === history?.dataset.id) grown();
});

const minutes = Number(html.dataset.break);
if (minutes) {
  setInterval(() => {
    if (document.visibilityState === "visible") say(`${minutes} minutes. A good moment for a break.`);
  }, minutes * 60_000);
}
