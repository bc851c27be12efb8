/* What colleagues do, as it happens. Nothing moves: a card says who decided, a button counts. */

import { me, say, site, whyNot } from "./ask.js";
import { byId, isOpen, renew } from "./cards.js";
import { news } from "./acts.js";
import * as silence from "./silence.js";

const AGAIN_MS = 5000;
/* A stream that breaks off is there again by itself, before anything is said of it. */
const PATIENCE_MS = 8000;
const EVENTS = `/review/events?site=${encodeURIComponent(site)}`;
const button = document.getElementById("new");
/* What is held, is not here, and was not seen by its reader. */
const fresh = new Set();
/* A page about one comment, which stays open for another decision. */
const isOne = Boolean(document.getElementById("history"));

function happened(event) {
  if (event.type === "claimed" || event.type === "released") return;
  document.dispatchEvent(new CustomEvent("happened", { detail: event }));
  const card = byId(event.id);
  if (!card && button) count(event);
  if (!card || event.by_id === me || event.version <= Number(card.dataset.version)) return;
  if (!isOpen(card) && !isOne) return;
  news(card, event.message, isOne ? "To decide on it as it is now, load the page anew." : "");
  if (card.contains(document.activeElement)) say(event.message);
}

/* Count what is new; what was done meanwhile, and what one put back oneself, is not. */
function count(event) {
  if (event.type === "held" && event.by_id !== me) fresh.add(event.id);
  else if (event.type !== "edited") fresh.delete(event.id);
  button.hidden = !fresh.size;
  button.firstElementChild.textContent = `View ${fresh.size} new`;
}

button?.addEventListener("click", async () => {
  button.hidden = true;
  fresh.clear();
  try {
    await renew();
  } catch (refused) {
    say(`They did not come: ${refused.message}`);
  }
});

function follow() {
  const source = new EventSource(EVENTS);
  source.onopen = () => silence.answered("live");
  source.onmessage = (message) => happened(JSON.parse(message.data));
  source.onerror = async () => {
    if (source.readyState !== EventSource.CLOSED) {
      silence.unanswered("live", { patience: PATIENCE_MS });
      return;
    }
    setTimeout(follow, AGAIN_MS);
    const why = await whyNot(EVENTS);
    if (why) silence.unanswered("live", { sentence: `${why} Nothing is heard of colleagues.` });
  };
  addEventListener("pagehide", () => source.close(), { once: true });
}

follow();
