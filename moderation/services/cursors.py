"""Cursors: positions in an index, opaque to callers; what is decided between two pages moves none.

What comes back is checked, since the store trusts it.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from moderation.domain.errors import InvalidError

_COMMENT_ID = re.compile(r"c_[0-9a-f]{32}")
_SHARD = re.compile(r"[0-9]{1,4}")
_STREAM_ID = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
#: Beyond any index's score (milliseconds since the epoch are below); NaN is not below it either.
_SCORE_BOUND = 1e15


def write(position: object) -> str | None:
    """Return a position as a cursor, None for None."""
    if position is None:
        return None
    raw = json.dumps(position, separators=(",", ":")).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def read_place(cursor: str | None) -> tuple[float, str] | None:
    """Return the score and id that a list of comments stood at; None: at its start.

    Raises InvalidError.
    """
    raw = _read(cursor, list)
    if not raw:
        return None
    score, comment = raw
    return float(score), str(comment)


def read_streams(cursor: str | None) -> dict[int, str]:
    """Return the stream id that each shard's feed stood at. Raises InvalidError."""
    return {int(shard): str(sid) for shard, sid in _read(cursor, dict).items()}


def _read(cursor: str | None, kind: type[dict[Any, Any]] | type[list[Any]]) -> Any:  # noqa: ANN401
    """Return what `write` wrote; raises InvalidError for anything else."""
    if cursor is None:
        return kind()
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvalidError("this cursor was not given out here") from error
    if not isinstance(position, kind) or not _plain(position):
        raise InvalidError("this cursor was not given out here")
    return position


def _plain(position: dict[Any, Any] | list[Any]) -> bool:
    """Return whether a decoded cursor has the shape of one."""
    if isinstance(position, list):
        match position:
            case []:
                return True
            case [int() | float() as score, str() as comment] if not isinstance(score, bool):
                return abs(score) < _SCORE_BOUND and bool(_COMMENT_ID.fullmatch(comment))
        return False
    return all(
        _SHARD.fullmatch(shard) and isinstance(sid, str) and _STREAM_ID.fullmatch(sid)
        for shard, sid in position.items()
    )
