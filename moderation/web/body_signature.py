"""The proof by a header that a body is its sender's: `sha256=<hex>[,sha256=<hex>]`.

HMAC-SHA256 over the raw body, one entry for each secret that is active at the sender. It holds no
time, so that a body that was seen can be sent again: it is the same submission then.
Source: coralproject/talk `WEBHOOKS.md`, Webhook Signing; GitHub and others sign alike.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

_SCHEME = "sha256="


def is_signed(secrets: Iterable[bytes], given: str, body: bytes) -> bool:
    """Return whether one entry of the header is the body's signature with one of the secrets.

    Every secret is tried on every entry, in constant time each.
    """
    entries = [
        entry.strip().removeprefix(_SCHEME).lower().encode("utf-8", "surrogateescape")
        for entry in given.split(",")
        if entry.strip().startswith(_SCHEME)
    ]
    good = False
    for secret in secrets:
        expected = hmac.digest(secret, body, "sha256").hex().encode()
        for entry in entries:
            good |= hmac.compare_digest(expected, entry)
    return good
