"""What is kept of a call that Perspective answered while the model here scored beside it.

Scores and a day: no text, no key, no hash of either. Scores are whole thousandths, rounded down, so
that a comparison with a threshold of up to three decimals comes out as with the score itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor
from typing import Any

#: The score 1, in the unit that is kept.
WHOLE = 1000
#: What doubles lose when a score is multiplied: far below the precision of any of them.
_ROUNDING = 1e-9
_ATTRIBUTE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Fate(StrEnum):
    """What became of a call's comparison."""

    COMPARED = "compared"  # both sides' scores were kept
    REFUSED = "refused"  # Perspective, or the model in its place, refused the call
    QUOTA = "quota"  # Perspective said that there were too many
    FAILED = "failed"  # nobody had an answer, and the client was told so
    OWN = "own"  # Perspective had none, and the model here answered
    DO_NOT_STORE = "do_not_store"  # the caller asked that nothing be stored
    LANGUAGE = "language"  # a language was asked for that the model here doesn't read
    THRESHOLD = "threshold"  # only scores over a threshold were asked for: half of a comparison
    UNREADABLE = "unreadable"  # the call or its answer is not known here
    DROPPED = "dropped"  # too many waited to be scored
    UNSCORED = "unscored"  # the model here gave no score
    FULL = "full"  # the file has its largest size


@dataclass(frozen=True, slots=True)
class Pair:
    """One call: the day (UTC, ISO 8601), the model here, and both scores by attribute.

    Scores in thousandths, Perspective's first; the second is None where the model has none.
    """

    day: str
    model: str
    scores: Mapping[str, tuple[int, int | None]]

    def line(self) -> str:
        """Return the pair as a line of its file."""
        return _line({"on": self.day, "model": self.model, "scores": self.scores})


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls of a day met which fate, since the line of that kind before."""

    day: str
    count: Mapping[Fate, int]

    def line(self) -> str:
        """Return the counts as a line of the file."""
        return _line({"on": self.day, "calls": self.count})


def thousandths(score: float) -> int:
    """Return a score in [0, 1] as it is kept."""
    return floor(score * WHOLE + _ROUNDING)


def read_line(line: bytes) -> Pair | Calls | None:
    """Return what a line says, None for one that was torn by a crash or is none."""
    try:
        found = json.loads(line)
        day = str(found["on"])
        if not _DAY.fullmatch(day):
            return None
        if "calls" in found:
            return Calls(day, {Fate(name): int(n) for name, n in found["calls"].items()})
        scores = {_named(name): _both(*both) for name, both in found["scores"].items()}
        return Pair(day, str(found["model"]), scores)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _named(name: str) -> str:
    if not _ATTRIBUTE.fullmatch(name):
        raise ValueError("no name of an attribute")
    return name


def _both(theirs: int, ours: int | None) -> tuple[int, int | None]:
    for score in (theirs, ours or 0):
        if type(score) is not int or not 0 <= score <= WHOLE:
            raise ValueError("no score in thousandths")
    return theirs, ours


def _line(members: Mapping[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":")) + "\n"
