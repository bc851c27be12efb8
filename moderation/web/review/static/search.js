/* The search: what is looked for travels in a body, never in an address or in the history. */

import { fragment, say } from "./ask.js";
import { chooseNone } from "./select.js";

const found = document.getElementById("found");
/* What was asked last, to go on with. */
let asked = null;

const count = () => found.querySelectorAll(".card").length;

/* Show other cards than before; what was chosen is chosen no more. */
function show(...cards) {
  chooseNone();
  found.replaceChildren(...cards);
}

/* Show what is found, or add what is found further on. */
async function find(body, add = false) {
  asked = body;
  try {
    const cards = await fragment("/review/search", { body });
    if (asked !== body) return;
    const first = cards.querySelector(".card, .searched button");
    found.querySelector(".searched")?.remove();
    if (add) found.append(cards);
    else show(cards);
    first?.focus();
    say(count() ? `${count()} found.` : "Nothing was found.");
  } catch (refused) {
    if (!add) show();
    say(refused.status === 404 ? "Nothing was found." : refused.message);
  }
}

for (const form of document.querySelectorAll("form.search")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { text, by, value } = Object.fromEntries(new FormData(form));
    find(text === undefined ? { [by]: value.trim() } : { text });
  });
}

found.addEventListener("click", (event) => {
  const on = event.target.closest(".searched button");
  if (on) find({ text: asked.text, cursor: on.value }, true);
});
