"""Policies: read from TOML with every fault told, equal content equal."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from moderation.domain.errors import InvalidError
from moderation.domain.policy import Policy, parse_policy

FULL = """
name = "strict"
description = "for the sports desk"
severity_hours = 12

[thresholds]
toxicity = 0.5
threat = 0.2

[sections.sport.thresholds]
toxicity = 0.7

[rules]
banned_words = ["clown*", "free hats"]
suspect_words = ["hat"]
max_links = 2
hold_first_time_author = true
held_articles = ["b", "a"]
closed_articles = ["c"]

[rules.repeated_text]
count = 4
window_s = 60
"""
LEAST = 'name = "a"\n[thresholds]\ntoxicity = 0.5\n'


def test_a_full_policy_is_read() -> None:
    policy = parse_policy(FULL)
    assert (policy.name, policy.severity_hours) == ("strict", 12)
    assert policy.rules.banned_words == ("clown*", "free hats")
    assert policy.rules.repeated_text is not None
    assert (policy.rules.repeated_text.count, policy.rules.repeated_text.window_s) == (4, 60)


def test_the_least_policy_has_no_rules() -> None:
    rules = parse_policy(LEAST).rules
    assert (rules.banned_words, rules.max_links, rules.repeated_text) == ((), None, None)
    assert not rules.hold_first_time_author


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("sport", {"toxicity": 0.7, "threat": 0.2}),
        ("opera", {"toxicity": 0.5, "threat": 0.2}),
        ("", {"toxicity": 0.5, "threat": 0.2}),
        (None, {"toxicity": 0.5, "threat": 0.2}),
    ],
)
def test_a_section_differs_in_what_it_names(
    section: str | None, expected: dict[str, float]
) -> None:
    policy = parse_policy(FULL)
    thresholds = policy.thresholds_for(section)
    assert thresholds == expected
    thresholds.clear()
    assert policy.thresholds_for(section) == expected


def test_stored_and_read_back_it_is_equal() -> None:
    policy = parse_policy(FULL)
    again = Policy.model_validate_json(policy.canonical())
    assert again == policy
    assert (again.canonical(), again.digest()) == (policy.canonical(), policy.digest())


def test_the_digest_follows_the_content_only() -> None:
    policy = parse_policy(FULL)
    reordered = FULL.replace('["b", "a"]', '["a", "b"]').replace(
        "toxicity = 0.5\nthreat = 0.2", "threat = 0.2\ntoxicity = 0.5"
    )
    assert parse_policy(reordered).digest() == policy.digest()
    assert parse_policy(FULL.replace("0.7", "0.71")).digest() != policy.digest()


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        parse_policy(FULL).name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("name = ", "not TOML"),
        ('name = "a"', "thresholds: Field required"),
        ('name = "a"\n[thresholds]\n', "thresholds: "),
        (LEAST.replace('"a"', '"A b"'), "name: "),
        (LEAST.replace("0.5", "1.5"), "thresholds.toxicity: "),
        (LEAST.replace("0.5", "-0.1"), "thresholds.toxicity: "),
        (LEAST.replace("0.5", "nan"), "thresholds.toxicity: "),
        (LEAST.replace("0.5", "inf"), "thresholds.toxicity: "),
        (LEAST.replace("0.5", '"high"'), "thresholds.toxicity: "),
        ("severity_hours = 0\n" + LEAST, "severity_hours: "),
        ("extra = 1\n" + LEAST, "extra: Extra inputs"),
        (LEAST + "[rules]\nmax_links = -1", "rules.max_links: "),
        (LEAST + "[rules]\nhold_firsttime_author = true", "rules.hold_firsttime_author: "),
        (LEAST + '[rules]\nunread_languages_let_pass = ["de-CH"]', "unread_languages_let_pass.0"),
        (LEAST + "[rules.repeated_text]\ncount = 1", "rules.repeated_text.count: "),
        (LEAST + "[sections.sport]\nrules = {}", "sections.sport.rules: "),
        (LEAST + "[sections.sport.thresholds]\ntoxicity = 2", "sections.sport.thresholds.toxicity"),
        (LEAST + '[rules]\nbanned_words = [""]', "rules.banned_words.0: "),
    ],
)
def test_a_fault_is_told_with_its_place(source: str, fault: str) -> None:
    with pytest.raises(InvalidError, match=fault):
        parse_policy(source)


@pytest.mark.parametrize("word", ["*", " * ", "\u0301", "\u200b*", "\u00ad\u200d"])
def test_a_word_that_reads_as_nothing_is_refused(word: str) -> None:
    with pytest.raises(InvalidError, match=r"rules.suspect_words.1: .*normalised"):
        parse_policy(LEAST + f'[rules]\nsuspect_words = ["clown", "{word}"]')


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidError) as refused:
        parse_policy('name = ""\nextra = 1\n[thresholds]\ntoxicity = 2\n')
    assert len(str(refused.value).splitlines()) == 3


def test_a_policy_written_down_is_read_back_as_it_is() -> None:
    every = """name = "news"
description = "“quoted” \\"and\\" \\u007f"
[thresholds]
toxicity = 0.55
[sections.sport.thresholds]
toxicity = 0.7
[rules]
suspect_words = ["clown", "schön*"]
held_articles = ["a-1"]
max_links = 3
[rules.repeated_text]
count = 4
"""
    for source in (LEAST, every):
        policy = parse_policy(source)
        assert parse_policy(policy.as_toml()) == policy


def test_a_policy_without_four_eyes_is_written_as_before_there_were_any() -> None:
    source = 'name = "a"\n[thresholds]\ntoxicity = 0.5\n'
    assert "four_eyes" not in parse_policy(source).canonical()
    careful = parse_policy("four_eyes = true\n" + source)
    assert '"four_eyes":true' in careful.canonical()
    assert careful.digest() != parse_policy(source).digest()
