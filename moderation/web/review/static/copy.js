/* What is shown only once, to take along: chosen as a whole when it has the focus, and a button that
   copies it where the browser lets a page do so (not over plain http from another machine). */

import { say } from "./ask.js";

for (const shown of document.querySelectorAll("input[data-once]")) {
  const choose = () => shown.select();
  shown.addEventListener("focus", choose);
  if (shown === document.activeElement) choose();
  const button = shown.closest(".once").querySelector("button");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(shown.value);
      say("Copied.");
    } catch {
      shown.focus();
      say("Your browser did not let the page copy it; it is selected.");
    }
  });
}
