"""Pictures: every number in its place, no word of it markup, nothing that the headers refuse."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from moderation.web.review.drawing.plots import (
    WIDTH,
    Line,
    Point,
    Stack,
    Trend,
    bars,
    columns,
    curve,
    trends,
)

EVIL = '"><script>alert(1)</script>&'


def drawn(picture: str) -> ElementTree.Element:
    root = ElementTree.fromstring(picture)
    for element in root.iter():
        assert element.tag in {"svg", "text", "rect", "line", "polyline", "polygon"}
        assert not {"style", "onclick", "href", "fill", "stroke"}.intersection(element.keys())
    return root


def heights(root: ElementTree.Element, kind: str) -> list[float]:
    return [float(box.get("height", 0)) for box in root.iter("rect") if box.get("class") == kind]


def widths(root: ElementTree.Element, kind: str) -> list[float]:
    return [float(box.get("width", 0)) for box in root.iter("rect") if box.get("class") == kind]


def test_columns_are_as_tall_as_their_numbers():
    stacks = [Stack("a", [10, 20]), Stack("b", [0, 40]), Stack("c", [0, 0])]
    root = drawn(columns("a name", stacks, ["rejected", "passed"], across="day"))
    assert root.get("aria-label") == "a name"
    ten, (twenty, forty) = heights(root, "rejected"), heights(root, "passed")
    assert (ten[0] * 2, ten[0] * 4) == (pytest.approx(twenty), pytest.approx(forty, abs=0.2))
    assert len(ten) == 1  # nothing is drawn for nothing


def test_bars_say_their_sum():
    root = drawn(bars("a name", [Stack("links", [300, 900]), Stack("none", [0, 0])], ["x", "y"]))
    (x,), (y,) = widths(root, "x"), widths(root, "y")
    assert y == pytest.approx(3 * x, abs=0.2)
    assert [text.text for text in root.iter("text")] == ["links", "1,200", "none", "0"]


def test_a_curve_lies_in_its_band():
    points = [Point(0.0, 0.1, 0.2, 0.3), Point(1.0, 0.5, 0.9, 1.0)]
    root = drawn(
        curve("a name", points, across="threshold", lines=[Line(0.4, "now"), Line(0.6, "x")])
    )
    (line,), (band,) = root.iter("polyline"), root.iter("polygon")
    ends = [tuple(map(float, one.split(","))) for one in line.get("points", "").split()]
    corners = [tuple(map(float, one.split(","))) for one in band.get("points", "").split()]
    assert corners[0][1] < ends[0][1] < corners[-1][1]
    assert corners[1][1] < ends[1][1] < corners[2][1]
    assert ends[0][0] < ends[1][0] <= WIDTH


def test_a_trend_has_a_gap_where_nobody_knows():
    line = Trend("held", [(100, 0), (110, 4), (120, None), (130, 2), (140, 2)])
    root = drawn(trends("a name", [line], ["start", "end"], across="time"))
    first, second = [
        [tuple(map(float, point.split(","))) for point in one.get("points", "").split()]
        for one in root.iter("polyline")
    ]
    assert len(first) == len(second) == 2
    assert first[0][1] > second[0][1] == second[1][1] > first[1][1]
    assert first[1][0] < second[0][0] < second[1][0] <= WIDTH


@pytest.mark.parametrize("picture", [columns, bars])
def test_words_are_words(picture):
    more = {"across": EVIL, "lines": [Line(0.5, EVIL)]} if picture is columns else {}
    root = drawn(picture(EVIL, [Stack(EVIL, [1])], ["x"], **more))
    assert root.get("aria-label") == EVIL
    assert EVIL in [text.text for text in root.iter("text")]


@pytest.mark.parametrize("count", [0, 1, 7, 30, 366])
@pytest.mark.parametrize("value", [0, 1, 3, 4, 5, 99, 101, 999_999, 0.4])
def test_any_number_of_any_size_fits(count, value):
    root = drawn(columns("n", [Stack(str(n), [value]) for n in range(count)], ["x"], across="a"))
    for box in root.iter("rect"):
        assert float(box.get("y", -1)) >= 0
        assert float(box.get("x", -1)) + float(box.get("width", 0)) <= WIDTH
    names = [text for text in root.iter("text") if text.get("class") == "tick middle"]
    assert len(names) <= 10


def test_a_scale_names_the_lower_ends_of_its_parts():
    stacks = [Stack("0.0", [1]), Stack("0.5", [1])]
    by_part = [
        t.get("x")
        for t in drawn(columns("n", stacks, ["x"], across="a", is_scale=True)).iter("text")
    ]
    by_day = [t.get("x") for t in drawn(columns("n", stacks, ["x"], across="a")).iter("text")]
    assert by_part != by_day


def test_no_columns_at_all_are_drawn_as_none():
    assert heights(drawn(columns("n", [], ["x"], across="a")), "x") == []
    assert widths(drawn(bars("n", [], ["x"])), "x") == []


def test_names_of_lines_stand_above_the_plot_and_in_none_of_each_other():
    at = [0.02, 0.4, 0.45, 0.6, 0.97, 0.99]
    lines = [Line(one, f"held from {one:.2f}") for one in at]
    root = drawn(columns("a name", [Stack("0", [1])], ["open"], across="score", lines=lines))
    _, top, _, _ = map(float, root.get("viewBox", "").split())
    names = {one.text: float(one.get("y", 0)) for one in root.iter("text")
             if "edge-name" in one.get("class", "")}  # fmt: skip
    rows = [names[line.name] for line in lines]
    assert rows[0] == rows[3], "far from the others there is room"
    assert rows[1] < rows[2] < rows[3], "the further left, the higher"
    assert rows[5] < rows[4] < rows[3], "near the edge a name ends at its line"
    assert top < min(rows) < 16
