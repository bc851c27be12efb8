"""The language between the service and a scorer's child process: length-prefixed JSON objects.

A frame is four bytes, big-endian, the length of what follows, then UTF-8 JSON. Escaped to ASCII,
so that any text arrives code point for code point, lone surrogates included.
"""

from __future__ import annotations

import json
import struct
from typing import Any

_LENGTH = struct.Struct(">I")
PREFIX_BYTES = _LENGTH.size


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as one frame."""
    body = json.dumps(message).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def body_length(prefix: bytes | bytearray) -> int:
    """Return how many bytes follow a frame's first PREFIX_BYTES."""
    length: int = _LENGTH.unpack(prefix)[0]
    return length


def unpacked(body: bytes) -> dict[str, Any]:
    """Return the message of a frame's body; raises ValueError when it is none."""
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("a frame holds an object")  # noqa: TRY004 - one kind of broken frame
    return message
