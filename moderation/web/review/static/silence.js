/* One calm line for as long as what was asked gets no answer, or nothing is heard of colleagues. */

const PATIENCE_MS = 1500;
const NO_ANSWER = "The service does not answer. Trying again…";
const line = document.createElement("p");
line.className = "silence";
line.role = "status";
document.body.append(line);

/* What waits, with the sentence on it; and what may soon. */
const waiting = new Map();
const soon = new Map();

/* Say it of `what`, once that has waited for a moment, until `answered`. */
export function unanswered(what, { sentence = NO_ANSWER, patience = PATIENCE_MS } = {}) {
  if (waiting.has(what)) tell(what, sentence);
  else if (!soon.has(what)) soon.set(what, setTimeout(() => tell(what, sentence), patience));
}

export function answered(what) {
  clearTimeout(soon.get(what));
  soon.delete(what);
  waiting.delete(what);
  show();
}

function tell(what, sentence) {
  soon.delete(what);
  waiting.set(what, sentence);
  show();
}

function show() {
  const [sentence = ""] = waiting.values();
  if (line.textContent !== sentence) line.textContent = sentence;
}
