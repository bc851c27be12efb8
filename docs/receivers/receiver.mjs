/* A callback receiver for Node 20 or newer, without dependencies:

     CALLBACK_SECRETS="whsec_…" PORT=8081 STATE=callbacks.json node receiver.mjs

   CALLBACK_SECRETS holds one secret, or two with a space between while a secret is being rotated.
   STATE stands in for your database: keep the maps there, and change them in one transaction.
   Where you submit and edit, import `sent` and call it with what the service answered. */

import { createHmac, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const KEYS = process.env.CALLBACK_SECRETS.split(/\s+/)
  .filter(Boolean)
  .map((secret) => Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
  .filter((key) => key.length); // with an empty key anybody could sign
const STATE = process.env.STATE ?? "callbacks.json";
const MAX_BODY = 1024 * 1024;
const TOLERANCE_S = 300;

/** Tell whether one of the keys signed these bytes within the last five minutes. */
function verified(body, headers) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (!id || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_S) return false;
  const given = (headers["webhook-signature"] ?? "")
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .map((part) => Buffer.from(part.slice(3)));
  return KEYS.some((key) => {
    const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body);
    const expected = Buffer.from(mac.digest("base64"));
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  });
}

/** Let `alter` change what is kept; it stands in for a transaction. */
function change(alter) {
  const kept = existsSync(STATE) ? JSON.parse(readFileSync(STATE, "utf8")) : {};
  const seen = new Set(kept.seen);
  const versions = new Map(kept.versions);
  const revisions = new Map(kept.revisions);
  alter(seen, versions, revisions);
  const next = { seen: [...seen], versions: [...versions], revisions: [...revisions] };
  writeFileSync(`${STATE}.new`, JSON.stringify(next));
  renameSync(`${STATE}.new`, STATE);
}

/** Keep the `id` and `revision` of every answer to a submission or an edit of yours: a callback
    on an earlier text then changes nothing, even where it comes first. */
export function sent(id, revision) {
  change((seen, versions, revisions) => {
    revisions.set(id, Math.max(revision, revisions.get(id) ?? 0));
  });
}

/** Carry out a decision once, never an older one over a newer, never one on an earlier text. */
function apply(webhookId, data) {
  change((seen, versions, revisions) => {
    if (seen.has(webhookId)) return; // delivered before
    seen.add(webhookId);
    if (data.version <= (versions.get(data.id) ?? 0)) return;
    if (data.revision < (revisions.get(data.id) ?? 0)) return;
    versions.set(data.id, data.version);
    revisions.set(data.id, data.revision);
    const name = data.external_id ?? data.id; // a comment need not have an external_id
    // Here: publish, hide or remove the comment `name` in your own tables.
    console.log("applied", name, data.version, data.decision);
  });
}

/** Read the raw body, or return null when it is too long. */
async function read(request) {
  if (Number(request.headers["content-length"]) > MAX_BODY) return null;
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Return the status to answer with; anything but a 2xx is sent again. */
async function receive(request) {
  if (request.method !== "POST") return 405;
  const body = await read(request); // verify these bytes, not a re-encoded object
  if (body === null) return 413;
  if (!verified(body, request.headers)) return 401;
  let data;
  try {
    ({ data } = JSON.parse(body));
    const texts = [data.id, data.external_id ?? "", data.decision];
    if (!texts.every((one) => typeof one === "string")) return 400;
    if (!Number.isInteger(data.version) || !Number.isInteger(data.revision)) return 400;
  } catch {
    return 400;
  }
  apply(request.headers["webhook-id"], data);
  return 204;
}

// Not where a program of yours imports `sent`.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createServer({ requestTimeout: 10_000 }, (request, response) => {
    receive(request)
      .catch(() => 500)
      .then((status) => response.writeHead(status).end());
  }).listen(Number(process.env.PORT ?? 8081), "127.0.0.1");
}
