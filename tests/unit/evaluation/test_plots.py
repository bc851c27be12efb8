"""Pictures: well formed, in scale, and with every name in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from moderation.evaluation.plots import LENGTH, Curve, bars, curves

SVG = "{http://www.w3.org/2000/svg}"


def words(picture: str) -> list[str]:
    return [str(text.text) for text in ET.fromstring(picture).iter(f"{SVG}text")]


def test_a_bar_is_as_long_as_its_share() -> None:
    picture = bars({"half <of> it & more": 0.5, "none": 0.0}, across="shares")
    found = [rect for rect in ET.fromstring(picture).iter(f"{SVG}rect") if "x" in rect.attrib]
    assert [float(rect.attrib["width"]) for rect in found] == [LENGTH / 2, 0]
    assert {"half <of> it & more", "none", "50.0 %", "0.0 %", "shares"} <= set(words(picture))


def test_a_curve_rises_to_the_right_and_is_named() -> None:
    picture = curves([Curve("a & b", [(0.0, 0.0), (1.0, 1.0)])], across="score", up="share")
    (line,) = ET.fromstring(picture).iter(f"{SVG}polyline")
    (x1, y1), (x2, y2) = (
        [float(number) for number in point.split(",")] for point in line.attrib["points"].split()
    )
    assert x1 < x2
    assert y1 > y2  # SVG counts downwards
    assert {"a & b", "score", "share"} <= set(words(picture))


def test_the_same_figures_give_the_same_bytes() -> None:
    assert bars({"one": 1 / 3}, across="x") == bars({"one": 1 / 3}, across="x")
