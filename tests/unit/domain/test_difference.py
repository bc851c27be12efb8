"""What differs between two texts, line by line."""

from __future__ import annotations

from moderation.domain.difference import Line, difference


def test_equal_texts_differ_in_nothing() -> None:
    assert difference("a\nb", "a\nb\n") == []


def test_lines_are_removed_and_added_with_two_equal_ones_around() -> None:
    before = "\n".join(map(str, range(20)))
    after = before.replace("\n5\n", "\nfive\n").replace("\n15\n", "\n")
    assert [(one.kind, one.text) for one in difference(before, after)] == [
        ("same", "3"), ("same", "4"), ("removed", "5"), ("added", "five"), ("same", "6"),
        ("same", "7"), ("gap", ""),
        ("same", "13"), ("same", "14"), ("removed", "15"), ("same", "16"), ("same", "17"),
    ]  # fmt: skip


def test_signs_in_a_text_are_text() -> None:
    assert difference("", "--- x\n+++ y\n@@ -1 +1 @@") == [
        Line("added", "--- x"), Line("added", "+++ y"), Line("added", "@@ -1 +1 @@")
    ]  # fmt: skip
    assert difference("-- a\n@@ b", "") == [Line("removed", "-- a"), Line("removed", "@@ b")]
