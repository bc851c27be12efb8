/* What the page asks of the service, and how it says what came of it. */

import * as silence from "./silence.js";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
export const me = meta("me");
export const site = meta("site");

/* Waits before a request that got no answer is sent again (ms): each may be repeated safely. */
const AGAIN_MS = [400, 1500, 4000, 8000];
/* A request that hangs this long (ms) is broken off, to be sent again. */
const LONGEST_MS = 20_000;
const NO_ANSWER = new Set([0, 502, 503, 504]);
const SAID = {
  0: "The service can't be reached.",
  401: "You are signed out.",
  404: "The comment is no longer there.",
  429: "Too much at once; try again in a moment.",
};

const sentence = (said) => `${said[0].toUpperCase()}${said.slice(1)}.`;

export class Refused extends Error {
  constructor(status, answer) {
    super(answer.message ?? SAID[status] ?? sentence(answer.detail ?? "the service failed"));
    this.status = status;
  }
}

/* Requests that nobody answered yet, though they were sent; and what ends their waits at once. */
const unanswered = new Set();
const waits = new Set();
export const isUnanswered = () => unanswered.size > 0;

/* How to begin a sentence about an act that failed: without an answer nobody knows. */
export const unsaved = ({ status }) => (status && status < 500 ? "Not saved." : "It may not be saved.");

const wait = (ms) =>
  new Promise((done) => {
    const end = () => { waits.delete(end); clearTimeout(timer); done(); };
    const timer = setTimeout(end, ms);
    waits.add(end);
  });

addEventListener("pagehide", () => { for (const end of waits) end(); });

async function ask(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    return new Response("{}", { status: 503, headers: { "X-No-Answer": "1" } });
  }
}

function refused(response, answer) {
  return new Refused(response.headers.has("X-No-Answer") ? 0 : response.status, answer);
}

/* Post JSON and return the answer. Throws Refused. */
export async function post(action, body, { keepalive = false, patient = false } = {}) {
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf") },
    body: JSON.stringify({ site, ...body }),
    keepalive,
  };
  if (patient) silence.unanswered(options);
  try {
    for (const pause of patient ? [...AGAIN_MS, 0] : [0]) {
      const signal = patient ? AbortSignal.timeout(LONGEST_MS) : null;
      const response = await ask(`/review/${action}`, { ...options, signal });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      const failed = refused(response, answer);
      if (!pause || !NO_ANSWER.has(failed.status)) throw failed;
      unanswered.add(options);
      await wait(pause);
    }
  } finally {
    unanswered.delete(options);
    silence.answered(options);
  }
  return undefined;
}

/* Why a stream of events was refused, as a sentence; nothing where it would be given now. */
export async function whyNot(url) {
  const stop = new AbortController();
  const response = await ask(url, { signal: stop.signal });
  if (response.ok) return void stop.abort();
  if (NO_ANSWER.has(response.status)) return "The service does not answer. Trying again…";
  return sentence((await response.json().catch(() => ({}))).detail ?? "the service refused");
}

/* What a refusal says, if it is one of ours. */
function problem(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/* Return a piece of a page that the service made. Throws Refused. */
export async function fragment(path, { body, signal } = {}) {
  const options = body
    ? { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf") },
        body: JSON.stringify({ site, ...body }) }
    : { signal, headers: {} };
  options.headers.Accept = "*/*";
  const separator = path.includes("?") ? "&" : "?";
  const response = await ask(body ? path : `${path}${separator}site=${encodeURIComponent(site)}`, options);
  const text = await response.text();
  if (!response.ok) throw refused(response, problem(text));
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content;
}

let clearing;

/* Say something for a moment, to readers and to screen readers, without taking the focus. */
export function say(sentence) {
  const place = document.getElementById("status");
  place.textContent = sentence;
  clearTimeout(clearing);
  clearing = setTimeout(() => { place.textContent = ""; }, 8000);
}
