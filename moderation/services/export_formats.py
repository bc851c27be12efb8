"""Decisions as CSV that no spreadsheet runs, and as JSON lines that say exactly what there is."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Row = Mapping[str, Any]
#: What a spreadsheet takes for the beginning of a formula. Source: OWASP, CSV Injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_INNER_FORMULA = re.compile(r"[;\t|]\s*[=+@\-]")
COLUMNS = (
    "id", "external_id", "revision", "version", "decision", "decided_by", "decided_at",
    "received_at", "by_id", "by_name", "by_via", "reasons", "scores", "policy", "policy_version",
    "model", "model_version", "language", "batch", "undoes", "appeal", "appeal_version",
)  # fmt: skip
STATEMENT = (
    "decision_visibility", "decision_ground", "illegal_content_legal_ground",
    "illegal_content_explanation", "incompatible_content_ground",
    "incompatible_content_explanation", "category", "content_type", "content_language",
    "content_date", "application_date", "territorial_scope", "decision_facts", "source_type",
    "automated_detection", "automated_decision", "puid",
)  # fmt: skip


class Format(Protocol):
    """How rows are written. `media_type` and `suffix` name it."""

    media_type: str
    suffix: str

    def head(self) -> str:
        """Return what stands before the rows."""

    def lines(self, rows: Iterable[Row]) -> str:
        """Return rows as they are written."""


class JsonLines:
    """One JSON object a decision."""

    media_type, suffix = "application/jsonl", "jsonl"

    def head(self) -> str:
        """Return nothing: each line says what it is."""
        return ""

    def lines(self, rows: Iterable[Row]) -> str:
        """Return a line a row."""
        return "".join(f"{_json(row)}\n" for row in rows)


class Csv:
    """One line a decision, as RFC 4180, each cell in quotes.

    `statements` adds a column for each field of theirs.
    """

    media_type, suffix = "text/csv", "csv"

    def __init__(self, *, statements: bool = False) -> None:
        self._statement = STATEMENT if statements else ()

    def head(self) -> str:
        """Return the names of the columns."""
        return self._written([[*COLUMNS, *self._statement]])

    def lines(self, rows: Iterable[Row]) -> str:
        """Return a line a row."""
        return self._written([*map(cell, [*_cells(row), *self._of(row)])] for row in rows)

    def _of(self, row: Row) -> list[Any]:
        said = row.get("statement") or {}
        return [said.get(name) for name in self._statement]

    def _written(self, lines: Iterable[Iterable[str]]) -> str:
        written = io.StringIO()
        csv.writer(written, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(lines)
        return written.getvalue()


def written_as(name: str, *, statements: bool) -> Format:
    """Return the format `csv` or `jsonl`."""
    return Csv(statements=statements) if name == "csv" else JsonLines()


def cell(value: object) -> str:
    """Return a value as a cell: nothing for None, JSON for what has parts, and no formula.

    A cell that a spreadsheet would run begins with an apostrophe, also where only its part behind a
    separator would be, since which one separates is the reader's setting. NUL, which CSV can't say,
    is left out.
    """
    if value is None:
        return ""
    said = value if isinstance(value, str) else _json(value)
    said = said.replace("\x00", "")
    is_run = said.startswith(_FORMULA) or _INNER_FORMULA.search(said)
    return f"'{said}" if is_run else said


def _cells(row: Row) -> list[Any]:
    by, policy, model = (row[name] or {} for name in ("by", "policy", "model"))
    batch, appeal = row["batch"] or {}, row["appeal"] or {}
    reasons = "; ".join(map(_reason, row["reasons"]))
    return [
        *(row[name] for name in COLUMNS[:8]),
        by.get("id"), by.get("name"), by.get("via"), reasons, row["scores"],
        policy.get("name"), policy.get("version"), model.get("name"), model.get("version"),
        row["language"], batch.get("id"), row["undoes"], appeal.get("status"),
        appeal.get("version"),
    ]  # fmt: skip


def _reason(reason: Row) -> str:
    return f"{reason['code']}:{reason['label']}" if reason["label"] else str(reason["code"])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
