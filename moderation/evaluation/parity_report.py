"""The report beside an exported model: what its scores differ by from Detoxify's, as figures only.

The document is plain values, the Markdown is made of it. No text of a sample is in either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from moderation.evaluation.metrics import Bools, Floats, auc
from moderation.evaluation.parity import Comparison, ReadAs
from moderation.evaluation.tables import table
from moderation.scoring.onnx import Manifest

Document = dict[str, Any]

DOCUMENT_FORMAT = 1
#: The most that a float32 score may differ by: two libraries' arithmetic, and nothing else.
LIMIT = 1e-4
RANKED = "toxicity"

_NOTES = {
    ReadAs.ALIKE: "one window, as written: the same tokens on both sides",
    ReadAs.TWICE: "one window; its normalised form reads otherwise, and counts where it is worse",
    ReadAs.LONG: "Detoxify cuts it in silence; the service reads on, and the worst window counts",
    ReadAs.MARKS: "to Detoxify `[SEP]` and its like are marks, to the service they are text",
}
_HEAD = """\
# {name} {version} beside Detoxify

Exported by `moderation export`; `model.onnx` is `{sha256}`. A window is
{window} tokens, {overlap} of them shared{readings}.
A comment is held where any score reaches its threshold: {thresholds}.

The float32 graph differs from the `Detoxify` class by {disagreement:.1e} at most where it must not
differ (limit {limit:.0e}): either way on texts that both read alike, downwards on those of which
the service reads more. Differences below are absolute, of probabilities.
"""


def document(
    manifest: Manifest, compared: Mapping[str, Comparison], *, forms: Sequence[str]
) -> Document:
    """Return the report as plain values; `compared`: name of a set of texts → its comparison."""
    return {
        "format": DOCUMENT_FORMAT,
        "model": {
            "name": manifest.name,
            "version": manifest.version,
            "sha256": manifest.files.model.sha256,
            "window": manifest.max_tokens,
            "overlap": manifest.stride,
            "normalise": manifest.normalise,
        },
        "thresholds": manifest.thresholds,
        "limit": LIMIT,
        "disagreement": max(one.disagreement("fp32") for one in compared.values()),
        "texts": {
            name: {
                "left_out": one.left_out,
                "forms": {form: _readings(one, form, manifest.thresholds) for form in forms},
            }
            for name, one in compared.items()
        },
    }


def _readings(
    compared: Comparison, form: str, thresholds: Mapping[str, float]
) -> dict[str, Document]:
    everything = np.ones(len(compared.readings), dtype=bool)
    chosen = {"all": everything} | {reading.value: compared.read(reading) for reading in ReadAs}
    return {
        name: _figures(compared, form, rows, thresholds)
        for name, rows in chosen.items()
        if rows.any()
    }


def _figures(
    compared: Comparison, form: str, rows: Bools, thresholds: Mapping[str, float]
) -> Document:
    original, served = compared.original[rows], compared.served[form][rows]
    difference = np.abs(served - original)
    limits = np.array([thresholds.get(label, np.inf) for label in compared.labels])
    before, after = (original >= limits).any(axis=1), (served >= limits).any(axis=1)
    return {
        "texts": int(rows.sum()),
        "now held": int((after & ~before).sum()),
        "no longer held": int((before & ~after).sum()),
        "AUC Detoxify": _auc(compared, rows, original),
        "AUC served": _auc(compared, rows, served),
        "labels": {
            label: {
                "largest": float(difference[:, column].max()),
                "mean": float(difference[:, column].mean()),
            }
            for column, label in enumerate(compared.labels)
        },
    }


def _auc(compared: Comparison, rows: Bools, scores: Floats) -> float | None:
    known = ~np.isnan(compared.toxic[rows])
    if RANKED not in compared.labels or not known.any():
        return None
    truth = np.equal(compared.toxic[rows][known], 1)
    value = auc(truth, scores[known][:, compared.labels.index(RANKED)])
    return None if value is None else round(value, 4)


def markdown(found: Document) -> str:
    """Return the report for people."""
    model = found["model"]
    limits = ", ".join(f"{label} {limit:g}" for label, limit in found["thresholds"].items())
    readings = ", and each text is read as written and normalised" if model["normalise"] else ""
    head = _HEAD.format(
        **model, limit=found["limit"], disagreement=found["disagreement"],
        thresholds=limits or "there is none for its labels", readings=readings,
    )  # fmt: skip
    return "\n".join([head, *_sets(found)])


def summary(found: Document, form: str) -> str:
    """Return one table a set of texts: how this form's decisions and scores differ."""
    return "\n\n".join(
        f"{name}, {form}\n\n{_decisions(one['forms'][form])}"
        for name, one in found["texts"].items()
    )


def _sets(found: Document) -> Iterator[str]:
    for name, one in found["texts"].items():
        for form, readings in one["forms"].items():
            yield f"## {name}, {form}\n"
            yield f"{_decisions(readings)}\n"
            yield f"{_labels(readings)}\n"
        if one["left_out"]:
            yield f"Left out, because one of the two refuses to read them: {one['left_out']}.\n"
    yield "\n".join(f"- *{reading}*: {note}." for reading, note in _NOTES.items()) + "\n"


def _decisions(readings: Mapping[str, Document]) -> str:
    columns = ("texts", "now held", "no longer held", "AUC Detoxify", "AUC served")
    rows = [
        [name, *("-" if row[one] is None else str(row[one]) for one in columns), *_widest(row)]
        for name, row in readings.items()
    ]
    return table(["", *columns, "largest difference", "mean"], rows)


def _widest(row: Document) -> list[str]:
    labels = row["labels"].values()
    largest = max(label["largest"] for label in labels)
    return [_small(largest), _small(float(np.mean([label["mean"] for label in labels])))]


def _labels(readings: Mapping[str, Document]) -> str:
    names = list(next(iter(readings.values()))["labels"])
    rows = [
        [label]
        + [
            f"{_small(row['labels'][label]['largest'])} / {_small(row['labels'][label]['mean'])}"
            for row in readings.values()
        ]
        for label in names
    ]
    return table(["largest / mean difference", *readings], rows)


def _small(value: float) -> str:
    return f"{value:.4f}" if value >= LIMIT else f"{value:.0e}"
