"""How two texts differ, line by line, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

_AROUND = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `gap`: equal lines were left out before the next one; it has no text."""

    kind: Literal["added", "removed", "same", "gap"]
    text: str = ""


def difference(before: str, after: str) -> list[Line]:
    """Return what was removed and added, each with two equal lines around; empty for none."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), n=_AROUND, lineterm=""))
    return [_line(line) for line in lines[3:]]  # after two names and the first place


def _line(said: str) -> Line:
    if said.startswith("@@"):
        return Line("gap")
    match said[:1]:
        case "+":
            return Line("added", said[1:])
        case "-":
            return Line("removed", said[1:])
    return Line("same", said[1:])
