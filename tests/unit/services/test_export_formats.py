"""Cells: what a spreadsheet would run is text, and everything else comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest

from moderation.services.export_formats import Csv, cell


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (7, "7"),
        (-7, "'-7"),
        ("a fine day", "a fine day"),
        ('say "hi", twice', 'say "hi", twice'),
        ("a\nb", "a\nb"),
        ({"a": 0.5}, '{"a":0.5}'),
        (["DE"], '["DE"]'),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\x00=1", "'=1"),
        ("x;=1", "'x;=1"),
        ("x;\t@SUM(A1)", "'x;\t@SUM(A1)"),
        ("well-known; a-b", "well-known; a-b"),
    ],
)
def test_a_cell_is_no_formula(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_quotes_separators_and_line_ends_stay_in_their_cell() -> None:
    awkward = ['a"b', "a,b", "a\r\nb", "a;b", "'", "äöü \U0001f600"]
    written = Csv()._written([awkward])
    assert list(csv.reader(io.StringIO(written, newline=""))) == [awkward]
