"""What was seen, one JSON object a line: the history that the checker judges.

It holds ids, hashes and numbers. It must never hold a comment's text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

Op = Literal[
    "sent",  # a comment was handed to the API; once an attempt
    "ok",  # the API answered 2xx: a promise
    "refused",  # 429: nothing was stored
    "unknown",  # no answer, 503 and the like: it may have been stored
    "invalid",  # the API called the comment itself unfit
    "surprise",  # an answer that no correct run holds
    "decided",  # the reconcile feed told a decision
    "callback",  # the receiver was called, and took it
    "turned_away",  # the receiver was called, and answered 503 on purpose
    "scored",  # a scorer's own answer for a text, outside the service
    "kill",  # the driver killed the process named in `id`
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing seen. `id` is the CMS's own id of a comment, `t` seconds of a monotonic clock.

    `comment` is the service's id; `delivery` a callback's webhook-id; `codes` the reasons' codes.
    """

    op: Op
    id: str = ""
    rev: int = 1
    sha: str = ""
    t: float = 0.0
    status: int | None = None
    comment: str = ""
    version: int = 0
    decision: str | None = None
    by: str | None = None
    codes: tuple[str, ...] = ()
    scores: Mapping[str, float] | None = None
    model: str | None = None
    decided_at: str | None = None
    delivery: str = ""
    verified: bool | None = None

    @classmethod
    def of_answer(cls, op: Op, answer: Mapping[str, Any], **seen: Any) -> Self:
        """Return what an answer of the API, the feed or a callback tells of a comment."""
        model = answer.get("model") or {}
        return cls(
            op=op,
            id=answer["external_id"],
            rev=answer["revision"],
            sha=answer["text_sha256"] or "",
            comment=answer["id"],
            version=answer["version"],
            decision=answer["decision"],
            by=answer["decided_by"],
            codes=tuple(reason["code"] for reason in answer["reasons"] or ()),
            scores=answer["scores"],
            model=f"{model['name']}@{model['version']}" if model else None,
            decided_at=answer["decided_at"],
            **seen,
        )

    def to_line(self) -> str:
        """Return one JSON line without the fields that say nothing."""
        return json.dumps({k: v for k, v in asdict(self).items() if v not in (None, "", ())})

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a line that `to_line` wrote."""
        raw = json.loads(line)
        return cls(**{**raw, "codes": tuple(raw.get("codes", ()))})


class Journal:
    """Keeps events in the order in which they were seen, in memory and in a file."""

    def __init__(self, path: Path) -> None:
        self.events: list[Event] = []
        self._path = path

    def __enter__(self) -> Self:
        self._file = self._path.open("a", encoding="utf-8", buffering=1)
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def append(self, event: Event) -> None:
        """Write one event; the line has left this process before this returns."""
        self.events.append(event)
        self._file.write(event.to_line() + "\n")


def read(path: Path) -> Iterator[Event]:
    """Yield the events of a history file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Event.from_line(line)
