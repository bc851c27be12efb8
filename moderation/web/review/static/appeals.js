/* Deciding appeals. What was decided is said at once and can be taken back for a moment; if a
   colleague was first, the appeal says so and nothing moves. */

import { me, post, say, site } from "./ask.js";

const SURELY = { patient: true, keepalive: true };
const AGAIN_MS = 5000;
const DONE = { approve: "Granted: approved", reject: "Upheld: it stays rejected" };

const cards = document.getElementById("cards");
const byId = (id) => [...cards.querySelectorAll(".card")].find((card) => card.id === id);

function mark(card, state, outcome, message = "") {
  card.dataset.state = state;
  card.querySelector(".outcome").textContent = outcome;
  const place = card.querySelector(".message");
  place.textContent = message;
  place.hidden = !message;
}

function takeBack(card, shown) {
  const button = card.querySelector(".back");
  if (button) button.hidden = !shown;
}

function failed(card, refused) {
  if (refused.status === 412 || refused.status === 404) mark(card, "news", refused.message);
  else mark(card, card.dataset.state, "", `Not saved. ${refused.message}`);
  say(refused.message);
}

cards.addEventListener("submit", async (event) => {
  event.preventDefault();
  const card = event.target.closest(".card");
  const granted = event.submitter.value === "1";
  const note = event.target.elements.note.value.trim() || null;
  const said = { id: card.id, version: Number(card.dataset.version), granted, note };
  const buttons = [...event.target.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await post("appeal", said, SURELY);
    card.dataset.version = answer.version;
    mark(card, answer.decision, DONE[answer.decision]);
    takeBack(card, true);
    card.querySelector(".back").disabled = false;
    card.querySelector(".back").focus();
    say(`${DONE[answer.decision]}.`);
  } catch (refused) {
    failed(card, refused);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
});

cards.addEventListener("click", async (event) => {
  const card = event.target.closest(".card");
  if (event.target.closest(".show-text")) card.dataset.shown = "";
  if (!event.target.closest(".back")) return;
  try {
    const answer = await post("undo", { id: card.id, version: Number(card.dataset.version) }, SURELY);
    card.dataset.version = answer.version;
    mark(card, "held", "");
    takeBack(card, false);
    card.querySelector("textarea").focus();
    say("Taken back: the appeal is open again.");
  } catch (refused) {
    takeBack(card, false);
    const { state } = card.dataset;
    mark(card, state, DONE[state] ?? "", refused.message);
    say(refused.message);
  }
});

function happened(event) {
  const card = byId(event.id);
  if (event.type === "appealed" && !card) document.getElementById("new").hidden = false;
  if (!card || event.by_id === me || event.version <= Number(card.dataset.version)) return;
  if (event.type === "claimed" || event.type === "released") return;
  mark(card, "news", event.message);
  takeBack(card, false);
  if (card.contains(document.activeElement)) say(event.message);
}

function follow() {
  const source = new EventSource(`/review/events?site=${encodeURIComponent(site)}`);
  source.onmessage = (message) => happened(JSON.parse(message.data));
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS);
  };
  addEventListener("pagehide", () => source.close(), { once: true });
}

follow();
