"""Functional cases: which kinds of hate the model finds, and which harmless look-alikes it spares.

The cases stand in `functional.toml`, own sentences crossed with neutral names of groups.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from moderation.domain.interval import Interval
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import auc, auc_interval, share
from moderation.evaluation.plots import bars
from moderation.evaluation.sets import sample

SUITE = Path(__file__).with_name("functional.toml")

_TEXT = """\
Sentences written for this report, of one functionality each, most of them with each of ten groups.
*Right* is held where the sentence is hateful and passed where it is not; the AUC of a functionality
ranks its sentences against all of the other side. The goal is the AUC of all hateful against all
other sentences."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence of the suite; `group` is '' where it names none."""

    functionality: str
    hateful: bool
    group: str
    text: str


def cases(suite: Path = SUITE) -> list[Case]:
    """Return all sentences, in the order of the file."""
    found = tomllib.loads(suite.read_text(encoding="utf-8"))
    return [
        Case(kind["name"], kind["hateful"], values.get("groups", ""), template.format(**values))
        for kind in found["functionality"]
        for template in kind["cases"]
        for values in _values(template, found)
    ]


def _values(template: str, suite: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if "{groups}" in template or "{Groups}" in template or "{one}" in template:
        for group in suite["groups"]:
            name = group["groups"]
            yield {**group, "Groups": name[0].upper() + name[1:]}
        return
    for slot, names in suite["slots"].items():
        if f"{{{slot}}}" in template:
            yield from ({slot: name} for name in names)
            return
    yield {}


class FunctionalCases:
    """The chapter on functionalities. It reads no data."""

    def __init__(self, most: int) -> None:
        self._cases = sample(cases(), most, lambda case: case.text)
        self._hateful = np.array([case.hateful for case in self._cases], dtype=bool)

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return [case.text for case in self._cases]

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        scores, held = judge.score(self.texts()), judge.held(self.texts())
        right = held == self._hateful
        kinds: dict[str, dict[str, Figure]] = {}
        for name in dict.fromkeys(case.functionality for case in self._cases):
            own = np.array([case.functionality == name for case in self._cases])
            hateful = bool(self._hateful[own][0])
            rivals = own | (self._hateful != hateful)
            kinds[name] = {
                "wanted": "hold" if hateful else "pass",
                "cases": int(own.sum()),
                "right": share(right[own]),
                "AUC": auc(self._hateful[rivals], scores[rivals]),
            }
        area = auc_interval(self._hateful, scores)
        whole: dict[str, Figure] = {
            "cases": len(self._cases),
            "hateful": int(self._hateful.sum()),
            "AUC toxicity": area,
            "AUC decision": auc(self._hateful, judge.margin(self.texts())),
            "hateful held": share(held[self._hateful]),
            "others held": share(held[~self._hateful]),
        }
        rights = {n: r.value for n, row in kinds.items() if isinstance(r := row["right"], Interval)}
        return Chapter(
            "functional",
            "Functional cases",
            _TEXT,
            {
                "whole": Table("sentences", {"all": whole}),
                "kinds": Table("functionality", kinds),
                "groups": Table("group named", self._groups(right)),
            },
            {"functional": bars(rights, across="right at the shipped thresholds")},
            {"functional_auc": area},
        )

    def _groups(self, right: np.typing.NDArray[np.bool_]) -> dict[str, dict[str, Figure]]:
        groups = np.array([case.group for case in self._cases])
        return {
            name: {
                "hateful held": share(right[(groups == name) & self._hateful]),
                "others passed share": share(right[(groups == name) & ~self._hateful]),
            }
            for name in dict.fromkeys(case.group for case in self._cases if case.group)
        }
