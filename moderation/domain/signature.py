"""Standard Webhooks signatures, both ways.

HMAC-SHA256 over `{id}.{timestamp}.{raw body}`, base64, as `v1,<sig>`; several signatures may stand
in the header and several secrets may be active, so that a secret can be rotated.
Source: standard-webhooks/standard-webhooks `spec/standard-webhooks.md`.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

TOLERANCE_S = 300
_MIN_KEY, _MAX_KEY = 24, 64


class BadSignatureError(ValueError):
    """The sender could not be proven; the message says which part, never a secret."""


def key_of(secret: str) -> bytes:
    """Return the key in a `whsec_<base64>` secret of 24 to 64 bytes. Raises ValueError."""
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is `whsec_` and base64") from error
    if not _MIN_KEY <= len(key) <= _MAX_KEY:
        raise ValueError("a webhook secret holds 24 to 64 bytes")
    return key


def sign(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers for a message; `timestamp` in seconds since the epoch."""
    signatures = [
        _signature(key_of(secret), message_id, str(timestamp), body) for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature.decode()}" for signature in signatures),
    }


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Return the message id of a message signed with one of `secrets` within five minutes of `now`.

    Raises BadSignatureError. Every secret is tried on every signature, in constant time each.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not (message_id and timestamp and given):
        raise BadSignatureError("a webhook-id, webhook-timestamp or webhook-signature is missing")
    if not (message_id.isascii() and given.isascii()):
        raise BadSignatureError("webhook headers are ASCII")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):  # noqa: PLR2004
        raise BadSignatureError("webhook-timestamp is not a number of seconds")
    if abs(now - int(timestamp)) > TOLERANCE_S:
        raise BadSignatureError("webhook-timestamp is more than five minutes away")
    candidates = [
        part.removeprefix("v1,").encode() for part in given.split(" ") if part.startswith("v1,")
    ]
    good = False
    for secret in secrets:
        expected = _signature(key_of(secret), message_id, timestamp, body)
        for candidate in candidates:
            good |= hmac.compare_digest(expected, candidate)
    if not good:
        raise BadSignatureError("no signature matches")
    return message_id


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return b64encode(hmac.new(key, signed, hashlib.sha256).digest())
