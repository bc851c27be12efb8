"""The sentences on many at once: which batch, what was left and why, how large a band is."""

from __future__ import annotations

import pytest

from moderation.services.review import _NOT_IN_BULK
from moderation.web.review.wording import band, happened, left_alone, left_out

ADA = {"id": "p_1", "name": "Ada L."}
BATCH = {"id": "b_" + "0" * 32, "size": 1200}


def test_a_history_says_in_which_batch():
    rejected = {
        "type": "decided", "decision": "reject", "actor": ADA, "batch": BATCH,
        "reasons": [{"code": "person", "label": "off_topic"}],
    }  # fmt: skip
    assert happened(rejected) == "Ada L. rejected it (off topic), one of 1,200 chosen at once"
    undone = {"type": "decided", "decision": "hold", "actor": ADA, "undoes": 3}
    assert happened(undone | {"undoes_batch": BATCH}) == (
        "Ada L. took back what they decided on 1,200 at once; it is held again"
    )
    assert happened(undone) == "Ada L. took their decision back; it is held again"


@pytest.mark.parametrize("why", sorted(_NOT_IN_BULK))
def test_each_way_to_be_left_has_a_sentence(why: str):
    assert left_alone(why).endswith(".")


def test_a_band_says_how_much_of_it_an_act_decides():
    assert band(0, 0, 0.4, 0.45) == "Nothing is held with a score from 0.4 to 0.45."
    assert band(1, 1, 0.4, 0.45) == "1 is held with a score from 0.4 to 0.45."
    assert band(12, 12, 0, 1) == "12 are held with a score from 0 to 1."
    assert band(4310, 200, 0, 1) == (
        "4,310 are held with a score from 0 to 1; these are the 200 highest."
    )
    assert band(3, 0, 0, 1).endswith("; none can be decided on here.")


def test_what_a_band_leaves_out_is_counted():
    assert left_out(0, 0) == ""
    assert left_out(1, 0) == "Left out: 1 in a colleague's hands."
    assert left_out(2, 1200) == (
        "Left out: 2 in a colleague's hands, 1,200 without a score that means anything."
    )
