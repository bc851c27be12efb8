"""The suite of functional cases: complete, fair between groups, and every sentence once."""

from __future__ import annotations

from collections import Counter, defaultdict

from moderation.evaluation.functional import cases


def test_every_slot_is_filled_and_every_sentence_is_there_once() -> None:
    texts = [case.text for case in cases()]
    assert not [text for text in texts if "{" in text or "}" in text]
    assert len({text.casefold() for text in texts}) == len(texts) > 900
    assert all(text[0].isupper() or text[0] == '"' for text in texts)


def test_each_group_stands_in_as_many_hateful_and_as_many_other_sentences() -> None:
    sides = {
        side: Counter(case.group for case in cases() if case.group and case.hateful == side)
        for side in (True, False)
    }
    for counts in sides.values():
        assert len(counts) == 10
        assert len(set(counts.values())) == 1


def test_each_functionality_is_of_one_side_and_has_several_sentences() -> None:
    kinds = defaultdict(list)
    for case in cases():
        kinds[case.functionality].append(case)
    assert len(kinds) >= 18
    for found in kinds.values():
        assert len({case.hateful for case in found}) == 1
        assert len(found) >= 12
    sides = Counter(found[0].hateful for found in kinds.values())
    assert min(sides.values()) >= 8
