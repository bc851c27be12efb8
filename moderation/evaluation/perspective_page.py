"""The report on what was kept beside Perspective: Markdown and pictures. Measures nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from moderation.domain.perspective_pair import WHOLE, Fate
from moderation.evaluation.matching import ENOUGH, curve
from moderation.evaluation.metrics import reliability
from moderation.evaluation.perspective_shadow import Document, Kept
from moderation.evaluation.plots import Curve, curves
from moderation.evaluation.tables import table

PAGE, FIGURES = "report.md", "report.json"
_FATES = {
    Fate.COMPARED: "compared: both sides' scores were kept",
    Fate.REFUSED: "refused (4xx), by Perspective or by the model here in its place",
    Fate.QUOTA: "refused by Perspective as too many (429)",
    Fate.FAILED: "not answered, or with 5xx, and the client was told so",
    Fate.OWN: "**answered by the model here**, because Perspective gave no answer",
    Fate.DO_NOT_STORE: "left out: `doNotStore` was asked for",
    Fate.LANGUAGE: "left out: a language was asked for that the model here does not read; "
    "it would refuse them",
    Fate.THRESHOLD: "left out: only scores over a `scoreThreshold` were asked for",
    Fate.UNREADABLE: "left out: the call or its answer has another form",
    Fate.DROPPED: "left out: too many waited to be scored",
    Fate.UNSCORED: "left out: the model here gave no score",
    Fate.FULL: "left out: the file has its largest size",
}
_CROSSED = ("both", "only Perspective", "only here", "neither")


def write(out: Path, kept: Kept, found: Document) -> None:
    """Write page, figures and pictures into the folder `out`. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    (out / PAGE).write_text(page(found), encoding="utf-8")
    figures = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (out / FIGURES).write_text(figures, encoding="utf-8")
    for name, picture in _pictures(kept).items():
        (out / f"{name}.svg").write_text(picture, encoding="utf-8")


def page(found: Document) -> str:
    """Return the whole page."""
    return "\n\n".join(_parts(found)) + "\n"


def thresholds(found: Document) -> str:
    """Return the table that the switch is about, and what it has too few comments for."""
    rows = [
        [
            name,
            str(row["comments"]),
            _share(row["held there"]),
            _share(row["held here at the same number"]),
            _limit(row["threshold here"]),
            _share(row.get("held here at it")),
        ]
        for name, row in found["thresholds"].items()
    ]
    head = [
        "threshold for Perspective", "comments", "it holds there", "the same number holds here",
        "threshold here for the same share", "it holds here",
    ]  # fmt: skip
    lacking = [
        f"{name} ({row['over it']})"
        for name, row in found["thresholds"].items()
        if not row["enough"]
    ]
    said = f"Too few comments for advice (at least {ENOUGH} over the threshold): "
    return table(head, rows) + (f"\n\n{said}{', '.join(lacking)}." if lacking else "")


def _parts(found: Document) -> Iterator[str]:
    span = found["from"] if found["from"] == found["to"] else f"{found['from']} to {found['to']}"
    yield f"# Perspective and {found['model']}, beside each other"
    yield (
        f"{found['compared']} calls of {span} (UTC), answered by Perspective and scored here. "
        "Ranges hold 95 of 100 samples of this size."
    )
    yield from _beside(found)
    yield "## Thresholds that hold the same share"
    yield thresholds(found)
    yield "![thresholds](thresholds.svg)"
    yield "## Which comments they hold"
    yield _crossings(found)
    yield "## Agreement"
    yield _agreement(found["agreement"])
    yield "![agreement](agreement.svg)"
    yield "## What became of the calls"
    yield table(["calls", ""], [[str(n), _FATES[Fate(fate)]] for fate, n in found["calls"].items()])


def _beside(found: Document) -> Iterator[str]:
    """Yield what is not among the figures, where there is any."""
    if found["not_served"]:
        asked = ", ".join(f"{name} ({count})" for name, count in found["not_served"].items())
        yield (
            f"Asked for and not served here: {asked}. After the switch these are the original's "
            "error unless `perspective.aliases` names an attribute that answers for them."
        )
    if found["of_other_models"]:
        yield f"{found['of_other_models']} calls were compared with other models and are left out."
    if found["unreadable_lines"]:
        yield f"{found['unreadable_lines']} lines of the file could not be read."


def _crossings(found: Document) -> str:
    rows = []
    for name, row in found["thresholds"].items():
        number = name.rpartition(" ")[2]
        rows.append([name, number, *_counts(row["at the same number"])])
        if limit := row["threshold here"]:
            rows.append([name, f"{limit['value']:.3f}", *_counts(row["at the threshold here"])])
    return table(["threshold for Perspective", "and here", *_CROSSED], rows)


def _agreement(found: Mapping[str, Mapping[str, Any]]) -> str:
    steps = list(next(iter(found.values()))["here less there"]) if found else []
    rows = [
        [
            name,
            str(row["comments"]),
            _ranged(row["Spearman"], "{:.3f}"),
            f"{row['mean there']:.3f}",
            f"{row['mean here']:.3f}",
            *(f"{one:+.3f}" for one in row["here less there"].values()),
        ]
        for name, row in found.items()
    ]
    head = ["attribute", "comments", "Spearman", "mean there", "mean here"]
    said = "*Here less there*, below which so many of 100 comments are, by column."
    return f"{said}\n\n{table([*head, *(f'here less there: {step}' for step in steps)], rows)}"


def _pictures(kept: Kept) -> dict[str, str]:
    limits = [Curve(name, curve(*both)) for name, both in kept.scores.items()]
    means = [
        Curve(
            name, [(one.score, one.positive) for one in reliability(theirs / WHOLE, ours / WHOLE)]
        )
        for name, (theirs, ours) in kept.scores.items()
    ]
    return {
        "thresholds": curves(
            limits, across="threshold for Perspective", up="threshold here for the same share"
        ),
        "agreement": curves(means, across="score here", up="mean score of Perspective"),
    }


def _counts(crossed: Mapping[str, int]) -> list[str]:
    return [str(crossed[name]) for name in _CROSSED]


def _share(figure: Mapping[str, float] | None) -> str:
    shown = figure and {name: 100 * one for name, one in figure.items()}
    return _ranged(shown, "{:.2f}") + (" %" if shown else "")


def _limit(figure: Mapping[str, float] | None) -> str:
    return _ranged(figure, "{:.3f}")


def _ranged(figure: Mapping[str, float] | None, form: str) -> str:
    if not figure:
        return "-"
    value, low, high = (form.format(figure[end]) for end in ("value", "low", "high"))
    return f"{value} ({low} to {high})"
