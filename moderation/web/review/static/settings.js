/* Preferences are a cookie that holds words and nothing of the person; the server reads it, so that
   a page is never seen unsoftened first. */

import { post, say } from "./ask.js";

const YEAR_S = 31_536_000;
const form = document.getElementById("preferences");

form.addEventListener("change", () => {
  const chosen = new FormData(form);
  const words = ["soften", "compact"].filter((name) => chosen.has(name));
  if (!chosen.has("shortcuts")) words.push("noshortcuts");
  words.push(`break${chosen.get("break")}`);
  document.cookie = `moderation_page=${words.join(".")}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
  say("Kept.");
});

document.getElementById("sign-out").addEventListener("click", async () => {
  try {
    await post("sign-out", {});
    location.href = "/login";
  } catch (refused) {
    say(`You are still signed in. ${refused.message}`);
  }
});
