/* The question why something is rejected: a reason by its number, and a note if somebody wants one. */

const dialog = document.getElementById("reasons");
const note = dialog?.querySelector("textarea");
const opener = dialog?.querySelector("[data-note]");
let answered = null;

/* Ask, and call `then` with the reason's code, its name, and the note or null. */
export function askWhy(title, then) {
  answered = then;
  dialog.querySelector("h2").textContent = title;
  note.value = "";
  unfold(false);
  dialog.showModal();
  dialog.querySelector("[data-first]").focus();
}

/* What a key does while the question is open; whether it did something. */
export function pressed(key) {
  const button = [...dialog.querySelectorAll("button")].find((one) => one.ariaKeyShortcuts === key);
  button?.click();
  return Boolean(button);
}

/* Show the field for a note, which the number keys then write in, or fold it up. */
function unfold(open) {
  note.closest("label").hidden = !open;
  opener.parentElement.hidden = open;
  if (open) note.focus();
}

opener?.addEventListener("click", () => unfold(true));

dialog?.addEventListener("click", (event) => {
  const choice = event.target.closest("button[value]");
  if (!choice) return;
  dialog.close();
  answered(choice.value, choice.querySelector("span").textContent, note.value.trim() || null);
});

/* A note that is written gives the keys back to the reasons. */
note?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  dialog.querySelector("[data-first]").focus();
});
