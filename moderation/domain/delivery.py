"""A callback's life: what is sent, when it is tried again, when it is given up.

Source of the schedule and the status rules: Standard Webhooks, "Deliverability and reliability"
(standard-webhooks/standard-webhooks `spec/standard-webhooks.md`).
"""

from __future__ import annotations

import json
from typing import Any

_GONE = 410


def webhook_id(comment: str, version: int) -> str:
    """Return the id of one event's callback: the same on every attempt."""
    return f"{comment}.{version}"


def body(timestamp: str, answer: dict[str, Any]) -> bytes:
    """Return the callback's body; `answer` is a comment's answer, which never holds its text."""
    event = {"type": "comment.decided", "timestamp": timestamp, "data": answer}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def next_delay(
    attempts: int, backoff_s: tuple[float, ...], jitter: float, retry_after_s: float | None
) -> float | None:
    """Return seconds until the next attempt after `attempts` failed ones, or None to give up.

    `jitter` in [0, 1) spreads the delay by up to 20 %, so that a recovered endpoint is not met by
    all at once. A Retry-After may only lengthen the delay, up to a day.
    """
    if attempts > len(backoff_s):
        return None
    delay = backoff_s[attempts - 1] * (1 + 0.2 * jitter)
    return max(delay, min(retry_after_s or 0.0, 86_400.0))


def is_delivered(status: int) -> bool:
    """Return whether an HTTP status means that the receiver has it: 2xx and nothing else."""
    return 200 <= status < 300  # noqa: PLR2004


def is_final(status: int) -> bool:
    """Return whether the receiver said that it will never want this again (410 Gone)."""
    return status == _GONE
