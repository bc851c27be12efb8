/* What colleagues do, as it happens. Nothing moves: a card says who decided, a button counts. */

import { me, say, site } from "./ask.js";
import { byId, isOpen, renew } from "./cards.js";
import { news } from "./acts.js";

const AGAIN_MS = 5000;
const button = document.getElementById("new");
const fresh = new Set();

function happened(event) {
  if (event.by_id === me) return;
  const card = byId(event.id);
  if (!card) {
    if (event.type === "held" && button) count(event.id);
    return;
  }
  if (event.type === "claimed" || !isOpen(card) || event.version <= Number(card.dataset.version)) return;
  news(card, event.message);
  if (card.contains(document.activeElement)) say(event.message);
}

function count(id) {
  fresh.add(id);
  button.hidden = false;
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
  const source = new EventSource(`/review/events?site=${encodeURIComponent(site)}`);
  source.onmessage = (message) => happened(JSON.parse(message.data));
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS);
  };
  addEventListener("pagehide", () => source.close(), { once: true });
}

follow();
