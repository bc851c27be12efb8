"""Advice on thresholds: exact where everything is counted, wide where little was read."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from moderation.domain.advice import BINS, agreement, for_precision, for_share, missed, rows
from moderation.domain.interval import wilson


def bins(**by_bin: dict[str, int]) -> list[dict[str, int]]:
    """Return parts by their number: `_20={"hr": 3}`."""
    return [by_bin.get(f"_{number}", {}) for number in range(BINS)]


def held_from(start: int, *, passed: int, refused: int) -> list[dict[str, int]]:
    every = {"ha": passed, "hr": refused}
    return [every if number >= start else {"a": 100} for number in range(BINS)]


def test_nothing_counted_says_nothing():
    assert rows(bins()) == []
    assert missed(bins()) is None
    assert agreement({}) is None
    assert for_precision([], 0.9) is for_share([], 0.1) is None


def test_what_was_decided_in_bulk_is_a_text_that_nobody_read():
    plain = held_from(20, passed=4, refused=6)
    table = rows([counts | {"hb": 10} if "hr" in counts else counts for counts in plain])
    row, before = table[21], rows(plain)[21]
    assert row.held == 2 * before.held
    assert row.rejected is not None
    assert before.rejected is not None
    assert row.rejected == before.rejected
    assert agreement({"hb": 500}) is None
    assert agreement({"hb": 500, "hr": 3, "ha": 1}) == agreement({"hr": 3, "ha": 1})
    every = [{"hb": 10, "hr": 1} if "hr" in counts else counts for counts in plain]
    assert rows(every)[38].rejected is None  # what hardly anybody read speaks for nothing


def test_what_everybody_read_is_a_plain_share():
    table = rows(held_from(20, passed=4, refused=6))
    row = table[21]  # 22 of 40
    assert row.threshold == 0.55
    assert row.held == 18 * 10
    assert row.share == wilson(180 / 2200, 2200)
    assert row.rejected is not None
    assert row.rejected.read == 180
    assert row.rejected.share.value == pytest.approx(0.6)
    plain = wilson(0.6, 180)
    assert row.rejected.share.low == pytest.approx(plain.low)
    assert row.rejected.share.high == pytest.approx(plain.high)


def test_what_was_read_speaks_for_its_neighbours_and_not_for_the_rest():
    """People read the worst first: a plain share of what they read would be far too high."""
    table = rows(bins(_38={"hr": 100}, _21={"ha": 8, "hr": 2, "h": 90}))
    found = table[19].rejected
    assert found is not None
    assert found.share.value == pytest.approx(0.6)
    assert found.read == 110
    assert found.share.high - found.share.low > wilson(0.6, 110).high - wilson(0.6, 110).low


def test_few_decisions_give_no_figure():
    table = rows(bins(_30={"hr": 29, "h": 1}))
    assert table[0].held == 30
    assert table[0].rejected is None
    assert rows(bins(_30={"hr": 30}))[0].rejected is not None


def test_what_hardly_anybody_read_widens_the_range_and_then_hides_the_figure():
    known = {"ha": 50, "hr": 50}
    narrow = rows(bins(_30=known))[0].rejected
    wider = rows(bins(_30=known, _10={"a": 10}))[0].rejected
    assert narrow is not None
    assert wider is not None
    assert wider.share.value == narrow.share.value
    assert wider.share.low < narrow.share.low < narrow.share.high < wider.share.high
    assert rows(bins(_30=known, _10={"a": 12}))[0].rejected is None


def test_the_sample_speaks_for_what_was_approved():
    counts = bins(_30={"ha": 40, "hr": 60}, _10={"a": 840, "sa": 54, "sr": 6})
    over_all = rows(counts)[0].rejected
    assert over_all is not None
    assert over_all.share.value == pytest.approx((60 + 900 * 0.1) / 1000)
    found = missed(counts)
    assert found is not None
    assert (found.read, found.share.value) == (60, pytest.approx(0.1))
    assert missed(bins(_10={"a": 840, "sa": 20})) is None


def test_what_was_found_otherwise_is_counted_and_speaks_for_nothing():
    without = missed(bins(_10={"a": 900, "sa": 54, "sr": 6}))
    reported = missed(bins(_10={"a": 860, "ar": 40, "sa": 54, "sr": 6}))
    assert without == reported


def test_a_wanted_precision_gives_the_lowest_threshold_and_its_range():
    climbing = [{"ha": BINS - number, "hr": number} for number in range(BINS)]
    table = rows(climbing)
    found = for_precision(table, 0.8)
    assert found is not None
    assert found.row.rejected is not None
    assert found.row.rejected.share.value >= 0.8
    below = next(row for row in reversed(table) if row.threshold < found.row.threshold)
    assert below.rejected is not None
    assert below.rejected.share.value < 0.8
    assert found.high is not None
    assert found.low < found.row.threshold < found.high


def test_a_precision_that_nothing_reaches_is_not_promised():
    table = rows(held_from(20, passed=6, refused=4))
    assert for_precision(table, 0.9) is None


def test_a_range_may_be_open_above():
    found = for_precision(rows(bins(_30={"ha": 3, "hr": 30})), 0.9)
    assert found is not None
    assert found.high is None


def test_nothing_but_rejections_reaches_any_wish():
    found = for_precision(rows(bins(_30={"hr": 1000})), 1.0)
    assert found is not None
    assert found.row.threshold == found.low == 1 / BINS


def test_a_wanted_share_gives_the_lowest_threshold_that_holds_no_more():
    table = rows([{"a": 20} for _ in range(BINS)])
    found = for_share(table, 0.25)
    assert found is not None
    assert found.row.threshold == 0.75
    assert found.row.held == 200
    assert found.low < 0.75
    assert found.high is not None
    assert found.high > 0.75
    assert for_share(rows(bins(_39={"h": 5})), 0.5) is None


def test_people_and_model_agree_where_what_it_held_is_rejected():
    found = agreement({"h": 5, "ha": 10, "hr": 30, "sa": 7})
    assert found is not None
    assert (found.share, found.read) == (wilson(0.75, 40), 40)


def test_counts_that_outlived_others_do_no_harm():
    """A day's counts go at its end, and a decision on one of its texts may come after that."""
    table = rows(bins(_30={"h": -3, "hr": 40}))
    assert table[0].held == 40
    assert agreement({"ha": -1, "hr": 1}) is None
    assert agreement({"ha": -1, "hr": 3}) is not None


def test_the_range_holds_the_truth_as_often_as_it_says():
    """A thousand texts, a twentieth of the approved ones read, 200 times: 95 in 100, or nearly."""
    chance = random.Random(7)
    inside = told = 0
    for _ in range(200):
        counts = [Counter[str]() for _ in range(BINS)]
        truly = 0
        for _ in range(1000):
            number = min(BINS - 1, int(chance.betavariate(0.6, 2.0) * BINS))
            bad = chance.random() < (number / BINS) ** 1.5
            truly += bad and number >= 12
            if number >= 20:
                counts[number]["hr" if bad else "ha"] += 1
            elif chance.random() < 0.3:
                counts[number]["sr" if bad else "sa"] += 1
            else:
                counts[number]["a"] += 1
        row = rows(counts)[11]
        if row.rejected:
            told += 1
            inside += row.rejected.share.low <= truly / row.held <= row.rejected.share.high
    assert told > 190
    assert inside / told >= 0.93
