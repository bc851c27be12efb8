"""What the report is made of: chapters, each with tables, pictures and the goals that it answers.

A chapter first names the texts that it needs, so that all are scored in one go, and then measures.
Shapes only: nothing here measures or writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from moderation.domain.interval import Interval
from moderation.evaluation.judge import Judge

#: A count, a share or another figure, a word, or nothing known.
Figure = int | float | str | Interval | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by name, each with a figure a column. `first` is the heading over the rows' names."""

    first: str
    rows: Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One question and its answer.

    `pictures`: name → SVG. `goals`: a goal's key (`goals.py`) → the figure that decides it.
    """

    key: str
    title: str
    text: str
    tables: Mapping[str, Table]
    pictures: Mapping[str, str] = field(default_factory=dict)
    goals: Mapping[str, Figure] = field(default_factory=dict)


class Question(Protocol):
    """Holds the texts of one chapter and measures them once they are scored."""

    def texts(self) -> list[str]:
        """Return all texts that `measure` will ask the judge about."""
        ...

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter. Puts no text into it."""
        ...
