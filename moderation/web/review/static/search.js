/* The search: what is looked for travels in a body, never in an address. */

import { fragment, say } from "./ask.js";

const form = document.getElementById("search");
const found = document.getElementById("found");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { by, value } = Object.fromEntries(new FormData(form));
  try {
    const cards = await fragment("/review/search", { body: { [by]: value.trim() } });
    const count = cards.querySelectorAll(".card").length;
    found.replaceChildren(cards);
    say(count ? `${count} found.` : "Nothing was found.");
  } catch (refused) {
    found.replaceChildren();
    say(refused.status === 404 ? "Nothing was found." : refused.message);
  }
});
