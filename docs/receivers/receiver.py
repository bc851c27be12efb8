"""A callback receiver in Python: `pip install standardwebhooks`, then

    CALLBACK_SECRETS="whsec_…" PORT=8081 STATE=callbacks.db python receiver.py

CALLBACK_SECRETS holds one secret, or two with a space between while a secret is being rotated.
Where you submit and edit, call `sent` with what the service answered.
"""

import json
import os
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

HOOKS = [Webhook(secret) for secret in os.environ["CALLBACK_SECRETS"].split()]
STATE = os.environ.get("STATE", "callbacks.db")
MAX_BODY = 1024 * 1024
FIELDS = {"id": str, "revision": int, "version": int, "decision": str}

with closing(sqlite3.connect(STATE)) as database, database:
    database.execute("CREATE TABLE IF NOT EXISTS seen (webhook_id TEXT PRIMARY KEY)")
    database.execute(
        "CREATE TABLE IF NOT EXISTS comment"
        " (id TEXT PRIMARY KEY, revision INT, version INT, decision TEXT)"
    )


def verified(body, headers):
    """Tell whether one of the secrets signed these bytes within the last five minutes."""
    for hook in HOOKS:
        try:
            hook.verify(body, headers, json_parse=False)
            return True
        except (WebhookVerificationError, ValueError):  # ValueError: no base64, no UTF-8
            continue
    return False


def sent(comment_id, revision):
    """Keep the `id` and `revision` of every answer to a submission or an edit of yours.

    A callback on an earlier text then changes nothing, even where it comes first.
    """
    with closing(sqlite3.connect(STATE)) as database, database:
        database.execute(
            "INSERT INTO comment VALUES (?, ?, 0, NULL) ON CONFLICT (id) DO UPDATE"
            " SET revision = max(revision, excluded.revision)",
            (comment_id, revision),
        )


def apply(webhook_id, data):
    """Carry out a decision once, never an older one over a newer, never one on an earlier text.

    All in one transaction.
    """
    with closing(sqlite3.connect(STATE)) as database, database:
        if not database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (webhook_id,)).rowcount:
            return  # delivered before
        newer = database.execute(
            "INSERT INTO comment VALUES (:id, :revision, :version, :decision)"
            " ON CONFLICT (id) DO UPDATE"
            " SET revision = :revision, version = :version, decision = :decision"
            " WHERE version < :version AND revision <= :revision",
            {name: data[name] for name in FIELDS},
        ).rowcount
        if newer:
            name = data.get("external_id") or data["id"]  # a comment need not have an external_id
            # Here: publish, hide or remove the comment `name` in your own tables.
            print("applied", name, data["version"], data["decision"], flush=True)


class Receiver(BaseHTTPRequestHandler):
    timeout = 10  # seconds that a slow sender may take

    def do_POST(self):
        size = self.headers.get("content-length", "")
        if not size.isdecimal() or int(size) > MAX_BODY:
            return self.answer(413 if size.isdecimal() else 411)
        body = self.rfile.read(int(size))  # verify these bytes, not a re-encoded object
        if not verified(body, dict(self.headers)):
            return self.answer(401)
        try:
            data = json.loads(body)["data"]
            is_whole = all(type(data[name]) is kind for name, kind in FIELDS.items())
            is_whole = is_whole and isinstance(data.get("external_id"), str | None)
        except (ValueError, KeyError, TypeError):
            is_whole = False
        if not is_whole:
            return self.answer(400)
        apply(self.headers["webhook-id"], data)
        return self.answer(204)  # only now: anything else is sent again

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Keep access lines out of the output."""


if __name__ == "__main__":
    address = ("127.0.0.1", int(os.environ.get("PORT", "8081")))
    ThreadingHTTPServer(address, Receiver).serve_forever()
