"""A figure as a page shows it. What is drawn and counted is others' question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Figure:
    """`keys`: class and meaning of each colour. `head` and `rows`: the table, as it is shown."""

    title: str
    picture: Markup | None
    keys: Sequence[tuple[str, str]]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
