from __future__ import annotations

import math
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the train extra is not installed")

from moderation.domain.scores import LABELS
from moderation.training import social


def known(data: Path, source: str) -> list[dict[str, float]]:
    """Return the known labels of each comment of a source, in order."""
    return [
        {
            label: value
            for label, value in zip(LABELS, comment.labels, strict=True)
            if not math.isnan(value)
        }
        for comment in social.beyond_news(data)
        if comment.source == source
    ]


def test_tweets_carry_the_shares_of_their_annotators(data: Path) -> None:
    offensive, hateful = known(data, social.TWEETS)
    assert offensive == {"toxicity": 0.75, "identity_attack": 0.25}
    assert hateful == {"toxicity": 0.75, "identity_attack": 0.75}, "the second is left out"


def test_hate_is_an_attack_on_an_identity_and_its_opposite_is_benign(data: Path) -> None:
    hateful, benign = known(data, social.EMOJI_HATE)
    assert hateful == {"toxicity": 0.9, "identity_attack": 0.95, "threat": 0.9}
    assert benign["identity_attack"] == 0.0
    assert benign["toxicity"] < 0.1


def test_what_is_not_sexist_may_be_anything_else(data: Path) -> None:
    benign, severe = known(data, social.SEXISM)
    assert benign == {"identity_attack": 0.05}
    assert severe == {"toxicity": 0.9, "identity_attack": 0.9}


def test_only_friendly_posts_are_read_as_benign(data: Path) -> None:
    (friendly,) = known(data, social.REDDIT)
    assert friendly["toxicity"] < 0.1
    assert "obscene" not in friendly


def test_a_reply_that_is_toxic_only_in_context_is_left_out(data: Path) -> None:
    assert [row["toxicity"] for row in known(data, social.TALK)] == [0.9, 0.0]
    assert [row["toxicity"] for row in known(data, social.REPLIES)] == [0.0]
