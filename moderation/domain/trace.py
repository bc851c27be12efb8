"""A caller's trace (W3C Trace Context), read from a header, and a step of it.

Source: https://www.w3.org/TR/trace-context/ (level 1), "traceparent header". `tracestate` is not
carried: what it holds is a vendor's own, and of any length.
"""

from __future__ import annotations

import re
from typing import Literal

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_LENGTH = 55  # of version 00; a later version may have more behind it
_ID = slice(3, 35)

Kind = Literal["server", "client", "consumer", "internal"]
Attribute = str | int | float | bool


class Step:
    """A step of a trace; `traceparent` is what the next one gets. This one makes no span."""

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def note(self, **attributes: Attribute) -> None:
        """Add attributes; a `__` in a name is a dot."""


def traceparent(header: str | None) -> str:
    """Return a header in the form of version 00, '' when it is none.

    Of a later version the parts that version 00 knows are taken, as the specification asks.
    """
    if not header:
        return ""
    known, rest = header[:_LENGTH], header[_LENGTH:]
    if not _TRACEPARENT.fullmatch(known) or (rest and (known[:2] == "00" or rest[0] != "-")):
        return ""
    return f"00-{known[3:]}"


def trace_id(parent: str) -> str | None:
    """Return the trace's id, 32 hex digits, of what `traceparent` returned; None of ''."""
    return parent[_ID] or None
