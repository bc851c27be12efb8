from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the train extra is not installed")

from moderation.training import datasets
from moderation.training.split import NearDuplicates, distinct, part_of, split, words

TEXT = "The garden behind the old town hall will be closed for repairs until May."


def comment(text: str) -> datasets.Comment:
    return datasets.Comment(text, "made up", (0.0,) * 6)


def test_no_held_out_comment_is_left_in_training_in_any_form(data: Path) -> None:
    parts = split(datasets.natural(data), datasets.auxiliary(data))
    normalised = {
        name: {" ".join(words(c.text)) for c in getattr(parts, name)}
        for name in ("training", "calibration", "test")
    }
    assert len(parts.test) > 100
    assert len(parts.calibration) > 30
    assert not normalised["training"] & (normalised["test"] | normalised["calibration"])
    assert not normalised["test"] & normalised["calibration"]
    # The enriched source repeats every natural comment in lower case: each held one is dropped.
    assert parts.dropped >= len(parts.test) + len(parts.calibration)


def test_held_out_comments_are_natural(data: Path) -> None:
    parts = split(datasets.natural(data), datasets.auxiliary(data))
    assert {c.source for c in parts.test + parts.calibration} == {datasets.NATURAL}


def test_a_part_does_not_depend_on_the_other_comments(data: Path) -> None:
    natural = datasets.natural(data)
    half = split(natural[:300], []).test
    assert {c.text for c in half} <= {c.text for c in split(natural, []).test}


def test_every_spelling_of_a_text_lands_in_one_part() -> None:
    texts = [f"Comment number {n}, said ONCE." for n in range(50)]
    assert [part_of(t) for t in texts] == [part_of(t.lower().replace(",", "")) for t in texts]
    assert {part_of(t) for t in texts} > {"training"}


@pytest.mark.parametrize(
    "near",
    [
        TEXT.upper(),
        TEXT.replace(".", "").lower(),
        "Dear all. " + TEXT,
        TEXT.replace("May", "June"),
        "the old town hall will be closed for repairs",
    ],
)
def test_a_near_duplicate_is_found(near: str) -> None:
    assert near in NearDuplicates([TEXT, "something else"])


@pytest.mark.parametrize(
    "other",
    ["", "The garden is closed.", "The bridge behind the new station opens in May, they say."],
)
def test_another_text_is_kept(other: str) -> None:
    assert other not in NearDuplicates([TEXT])


def test_short_texts_match_only_as_a_whole() -> None:
    seen = NearDuplicates(["Thank you!"])
    assert "thank you" in seen
    assert "thank you all" not in seen


def test_distinct_keeps_the_first_of_each_text() -> None:
    kept = distinct([comment("Well said."), comment("well said"), comment("No.")])
    assert [c.text for c in kept] == ["Well said.", "No."]
