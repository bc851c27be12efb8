from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the train extra is not installed")

from moderation.domain.scores import LABELS
from moderation.evaluation import functional, identity, news, perspective
from moderation.training import counterfactuals, recipe
from moderation.training.split import NearDuplicates, spelled


@pytest.mark.parametrize("harder", [False, True])
def test_every_slot_is_filled(data: Path, harder: bool) -> None:
    comments = counterfactuals.made_up(data, 3000, seed=1, harder=harder)
    assert len(comments) > 2000
    assert not [comment for comment in comments if re.search(r"[{}]", comment.text)]


@pytest.mark.parametrize("harder", [False, True])
def test_every_word_of_the_grammar_is_used(harder: bool) -> None:
    grammar = counterfactuals.grammar(harder=harder)
    templates = [text for family in grammar["families"] for text in family["templates"]]
    lists = [text for words in grammar["words"].values() for text in words]
    slots = {name.removeprefix("a_") for text in templates + lists
             for name in re.findall(r"\{(\w+)\}", text)}  # fmt: skip
    forms = {"groups", "singular", "adjective", "slur", "swear", "quote"}
    read_by_code = {"opener", "closer"}
    assert slots - forms == set(grammar["words"]) - read_by_code


def test_each_group_is_named_as_often_in_kindness_as_in_abuse(data: Path) -> None:
    kind, unkind = Counter[str](), Counter[str]()
    comments = counterfactuals.made_up(data, 12_000, seed=2)
    for group in ("muslim", "gay", "black", "women", "immigrant", "jew", "disabled"):
        for comment in comments:
            if re.search(rf"\b{group}", comment.text.casefold()):
                (unkind if comment.labels[0] > 0.5 else kind)[group] += 1
    assert min(unkind.values()) > 20
    kinder = {"gay", "black"}  # labelled comments use these names as insults more than kindly
    assert {group for group in unkind if unkind[group] < kind[group] / 2} <= kinder
    assert all(unkind[group] < 2 * kind[group] for group in unkind)
    assert kind["gay"] > 2 * kind["muslim"]


def test_abuse_of_things_attacks_no_identity(data: Path) -> None:
    place = LABELS.index("identity_attack")
    for family in counterfactuals.families():
        if family.about == "nobody":
            assert family.labels["identity_attack"] < 0.05
    assert {c.labels[place] > 0.5 for c in counterfactuals.made_up(data, 500, seed=3)} == {
        True,
        False,
    }


def test_the_same_seed_makes_the_same_comments_and_none_twice(data: Path) -> None:
    texts = [comment.text for comment in counterfactuals.made_up(data, 800, seed=4)]
    assert texts == [comment.text for comment in counterfactuals.made_up(data, 800, seed=4)]
    assert len({text.casefold() for text in texts}) == len(texts)
    assert texts != [comment.text for comment in counterfactuals.made_up(data, 800, seed=5)]


def test_strong_words_come_from_the_list(data: Path) -> None:
    texts = " ".join(c.text.lower() for c in counterfactuals.made_up(data, 2000, seed=6))
    assert "oafs" in texts
    assert "blasting" in texts


def test_a_template_that_is_measured_on_is_not_trained_on(data: Path) -> None:
    training = recipe.comments(data, seed=1, made_up=4000).training
    assert "i despise poles" not in {spelled(comment.text) for comment in training}


def test_words_that_annotators_marked_are_offensive(data: Path) -> None:
    assert recipe.offensive_words(data) >= {"oafs", "blasting"}


def test_the_harder_half_adds_to_the_plain_one() -> None:
    plain, harder = (
        {family.name: family for family in counterfactuals.families(harder=half)}
        for half in (False, True)
    )
    assert set(plain) < set(harder)
    assert set(plain["threat"].templates) < set(harder["threat"].templates)
    assert plain["threat"].labels == harder["threat"].labels


def test_each_member_learns_its_part_of_the_mixture(data: Path) -> None:
    training = recipe.comments(data, seed=1, made_up=50).training
    wide, natural, spoken = recipe.members(training, recipe.harder(data, seed=1, made_up=50))
    first, second = wide.stages
    counts, once = (Counter(c.source for c in some) for some in (first.comments, training))
    assert counts[recipe.datasets.NATURAL] == 2 * once[recipe.datasets.NATURAL], "the best twice"
    assert first.rate > second.rate
    parts = [{c.source for c in stage.comments} for stage in (*natural.stages, *spoken.stages)]
    assert recipe.datasets.PARADETOX in parts[0] - parts[1]
    assert recipe.social.TALK in parts[1] - parts[0]
    assert all({recipe.datasets.NATURAL, counterfactuals.SOURCE} <= part for part in parts)


def test_the_functional_cases_are_not_sentences_of_the_grammar(data: Path) -> None:
    made = [
        comment.text
        for harder in (False, True)
        for comment in counterfactuals.made_up(data, 8000, seed=1, harder=harder)
    ]
    suite = [case.text for case in functional.cases()]
    spelt = {spelled(text) for text in made}
    assert not [text for text in suite if spelled(text) in spelt]
    near = NearDuplicates(made)
    assert sum(text in near for text in suite) < 0.04 * len(suite), "half of the four-word runs"


def test_what_is_only_measured_trains_nothing() -> None:
    sources = {
        value
        for module in (recipe.datasets, recipe.social)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    assert not {news.UNHEALTHY, perspective.SCORES, identity.MADLIBS} & sources
    assert identity.MADLIBS in {name for name, _ in recipe.MEASURED_ONLY}
