"""The decision: approve only on finite scores below every threshold, else hold; never reject."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.domain.comment import Submission
from moderation.domain.decide import decide, hold_unseen
from moderation.domain.decision import DecidedBy, Decision, PolicyRef, Reason, ReasonCode, Verdict
from moderation.domain.policy import Policy, RepeatedText, Rules, Section
from moderation.domain.rules import Facts
from moderation.domain.scores import LABELS, ModelInfo, Outcome, Scored, Unscored, UnscoredReason
from moderation.domain.text import View

MODEL = ModelInfo("compact-en", "1")
PROBABILITY = st.floats(0, 1)
THRESHOLDS = st.dictionaries(st.sampled_from(LABELS), PROBABILITY, min_size=1)
#: What a scorer may come up with, the impossible included.
SCORES = st.dictionaries(st.sampled_from(LABELS), st.floats() | PROBABILITY)
OUTCOMES = st.builds(Scored, SCORES, st.just(MODEL), st.floats(0, 9)) | st.builds(
    Unscored, st.sampled_from(UnscoredReason)
)
WORDS = st.lists(st.sampled_from(["idiot", "clown*", "free hats"]), max_size=2).map(tuple)
RULES = st.builds(
    Rules,
    banned_words=WORDS,
    suspect_words=WORDS,
    max_links=st.none() | st.integers(0, 2),
    hold_first_time_author=st.booleans(),
    repeated_text=st.none() | st.just(RepeatedText(count=2, window_s=60)),
    held_articles=st.sets(st.sampled_from(["a", "b"])),
    closed_articles=st.sets(st.sampled_from(["a", "b"])),
)
POLICIES = st.builds(
    Policy,
    name=st.just("default"),
    thresholds=THRESHOLDS,
    sections=st.dictionaries(
        st.sampled_from(["sport", "arts"]),
        st.builds(Section, thresholds=st.dictionaries(st.sampled_from(LABELS), PROBABILITY)),
    ),
    rules=RULES,
)


def plain(text: str) -> View:
    return View(text, range(len(text) + 1))


TEXTS = ["a fine day", "you idiot", "clowns sell free  hats at https://a.example", "www.a.example"]
FACTS = st.builds(
    Facts,
    text=st.sampled_from(TEXTS).map(plain),
    section=st.sampled_from([None, "sport", "opera"]),
    article_id=st.sampled_from([None, "a", "c"]),
    first_time_author=st.booleans(),
    repeats=st.integers(0, 3),
)


def fires(facts: Facts, rules: Rules) -> bool:
    """Whether any rule speaks against the comment, told without the code that is under test."""
    text = facts.text.text
    words = rules.banned_words + rules.suspect_words
    has_word = ("idiot" in text and "idiot" in words) or (
        "clowns" in text and bool({"clown*", "free hats"} & set(words))
    )
    has_links = rules.max_links is not None and ("www" in text or "https" in text) > rules.max_links
    return (
        has_word
        or has_links
        or (rules.hold_first_time_author and facts.first_time_author)
        or (rules.repeated_text is not None and facts.repeats >= 2)
        or facts.article_id in rules.held_articles | rules.closed_articles
    )


@given(FACTS, OUTCOMES, POLICIES)
@example(
    Facts(text=plain("a fine day")),
    Scored({"toxicity": -math.inf}, MODEL, 0.0),
    Policy(name="default", thresholds={"toxicity": 0.5}),
)
def test_it_approves_only_finite_scores_below_every_threshold(
    facts: Facts, outcome: Outcome, policy: Policy
) -> None:
    verdict = decide(facts, outcome, policy, 3)
    thresholds = dict(policy.thresholds)
    if facts.section in policy.sections:
        thresholds |= policy.sections[facts.section].thresholds
    possible = isinstance(outcome, Scored) and all(
        math.isfinite(score) and 0 <= score <= 1 for score in outcome.scores.values()
    )
    below = possible and all(
        label in outcome.scores and outcome.scores[label] < threshold
        for label, threshold in thresholds.items()
    )
    expected = Decision.APPROVE if below and not fires(facts, policy.rules) else Decision.HOLD
    assert verdict.decision is expected
    assert verdict.reasons
    assert verdict.policy == PolicyRef("default", 3)
    assert 0 <= verdict.severity <= 1
    assert verdict.decided_by is not DecidedBy.PERSON
    if not possible:
        assert verdict.decided_by is DecidedBy.FALLBACK
        assert verdict.reasons[0].code == ReasonCode.UNSCORED
        assert verdict.scores is verdict.model is None
    else:
        assert (verdict.scores, verdict.model) == (outcome.scores, MODEL)


@given(FACTS, OUTCOMES, POLICIES)
def test_more_never_turns_a_hold_into_an_approval(
    facts: Facts, outcome: Outcome, policy: Policy
) -> None:
    """Without its rules a policy may approve more, but a held score stays held."""
    if decide(facts, outcome, policy, 1).decision is Decision.APPROVE:
        bare = policy.model_copy(update={"rules": Rules()})
        assert decide(facts, outcome, bare, 1).decision is Decision.APPROVE


POLICY = Policy(name="default", thresholds={"toxicity": 0.5, "threat": 0.2})


def scored(**scores: float) -> Scored:
    return Scored(scores, MODEL, 0.1)


def test_an_approval_names_the_label_that_came_closest() -> None:
    verdict = decide(Facts(text=plain("hi")), scored(toxicity=0.1, threat=0.15), POLICY, 1)
    assert verdict.reasons == (Reason(ReasonCode.BELOW_THRESHOLDS, "threat", 0.15, 0.2),)
    assert (verdict.decided_by, verdict.severity) == (DecidedBy.MODEL, 0.0)


def test_a_score_at_its_threshold_is_held() -> None:
    verdict = decide(Facts(text=plain("hi")), scored(toxicity=0.5, threat=0.1), POLICY, 1)
    assert verdict.reasons == (Reason(ReasonCode.SCORE_OVER_THRESHOLD, "toxicity", 0.5, 0.5),)
    assert (verdict.decision, verdict.severity) == (Decision.HOLD, 0.5)


def test_every_reason_is_kept_and_the_worst_sets_the_severity() -> None:
    rules = Rules(banned_words=("clown",), held_articles=frozenset({"a"}))
    policy = POLICY.model_copy(update={"rules": rules})
    facts = Facts(text=plain("you clown"), article_id="a")
    verdict = decide(facts, scored(toxicity=0.6, threat=0.95), policy, 1)
    assert [reason.code for reason in verdict.reasons] == [
        "score_over_threshold",
        "score_over_threshold",
        "article_held",
        "banned_word",
    ]
    assert (verdict.decided_by, verdict.severity) == (DecidedBy.MODEL, 0.95)


def test_a_rule_alone_decides_as_a_rule() -> None:
    policy = POLICY.model_copy(update={"rules": Rules(suspect_words=("clown",))})
    verdict = decide(Facts(text=plain("clown")), scored(toxicity=0.1, threat=0.1), policy, 1)
    assert (verdict.decided_by, verdict.severity) == (DecidedBy.RULE, 0.5)
    assert verdict.scores == {"toxicity": 0.1, "threat": 0.1}


def test_a_label_that_the_model_does_not_give_is_held() -> None:
    verdict = decide(Facts(text=plain("hi")), scored(toxicity=0.1), POLICY, 1)
    assert verdict.reasons == (Reason(ReasonCode.LABEL_MISSING, label="threat", threshold=0.2),)
    assert verdict.decision is Decision.HOLD


@pytest.mark.parametrize("reason", list(UnscoredReason))
def test_no_score_is_held_with_its_reason_and_the_rules(reason: UnscoredReason) -> None:
    policy = POLICY.model_copy(update={"rules": Rules(banned_words=("clown",))})
    verdict = decide(Facts(text=plain("clown")), Unscored(reason), policy, 1)
    assert verdict.reasons[0] == Reason(ReasonCode.UNSCORED, detail=reason.value)
    assert [r.code for r in verdict.reasons] == ["unscored", "banned_word"]
    assert (verdict.decision, verdict.decided_by) == (Decision.HOLD, DecidedBy.FALLBACK)


def test_what_nothing_looked_at_is_held() -> None:
    verdict = hold_unseen(Unscored(UnscoredReason.EXHAUSTED), "default")
    assert (verdict.decision, verdict.decided_by) == (Decision.HOLD, DecidedBy.FALLBACK)
    assert verdict.reasons == (Reason(ReasonCode.UNSCORED, detail="attempts_exhausted"),)
    assert verdict.policy == PolicyRef("default", 0)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, -0.01, 1.01])
def test_a_score_that_is_no_probability_is_no_score(score: float) -> None:
    verdict = decide(Facts(text=plain("hi")), scored(toxicity=0.1, threat=score), POLICY, 1)
    assert verdict.reasons == (Reason(ReasonCode.UNSCORED, detail="bad_score"),)
    assert verdict.decision is Decision.HOLD
    assert verdict.scores is None


ENGLISH = ModelInfo("compact-en", "1", ("en",))
QUESTION = "a fine day"


def judged(
    found: str | None,
    said: str | None = None,
    *,
    text: str = QUESTION,
    model: ModelInfo = ENGLISH,
    **rules: object,
) -> Verdict:
    """Judge a harmless text whose language was detected as `found` and declared as `said`."""
    outcome = Scored({"toxicity": 0.1, "threat": 0.1}, model, 0.1, language=found)
    policy = POLICY.model_copy(update={"rules": Rules.model_validate(rules)})
    return decide(Facts(text=plain(text), language=said), outcome, policy, 1)


@pytest.mark.parametrize(
    ("found", "said", "language", "is_held"),
    [
        ("en", None, "en", False),
        ("en", "de", "en", False),
        ("de", None, "de", True),
        ("de", "en-GB", "de", True),
        (None, None, None, False),
        (None, "en-GB", "en", False),
        (None, "de-CH", "de", True),
        (None, "nb", "no", True),
    ],
)
def test_what_the_model_does_not_read_is_held(
    found: str | None, said: str | None, language: str | None, is_held: bool
) -> None:
    verdict = judged(found, said)
    assert verdict.language == language
    if is_held:
        assert verdict.reasons == (Reason(ReasonCode.UNREAD_LANGUAGE, detail=language),)
        assert (verdict.decided_by, verdict.severity) == (DecidedBy.RULE, 0.5)
        assert verdict.scores == {"toxicity": 0.1, "threat": 0.1}
    else:
        assert verdict.decision is Decision.APPROVE


def test_a_language_is_let_pass_where_the_policy_or_the_model_says_so() -> None:
    approve = Decision.APPROVE
    assert judged("de", hold_unread_language=False).decision is approve
    assert judged("de", unread_languages_let_pass=["de"]).decision is approve
    assert judged("fr", unread_languages_let_pass=["de"]).decision is Decision.HOLD
    assert judged("de", model=ModelInfo("many", "1", ("en", "de"))).decision is approve
    assert judged("de", model=ModelInfo("all", "1")).decision is approve
    assert judged("de", hold_unread_language=False).language == "de"


@pytest.mark.parametrize("text", ["👍👍", "https://example.org/seite", "+1 @müller"])
def test_what_has_no_words_is_in_no_foreign_language(text: str) -> None:
    assert judged(None, "de", text=text).decision is Decision.APPROVE


def test_a_score_and_an_unread_language_are_both_told() -> None:
    outcome = Scored({"toxicity": 0.6, "threat": 0.1}, ENGLISH, 0.1, language="de")
    verdict = decide(Facts(text=plain(QUESTION)), outcome, POLICY, 1)
    assert [reason.code for reason in verdict.reasons] == [
        "score_over_threshold",
        "unread_language",
    ]
    assert verdict.decided_by is DecidedBy.MODEL


def test_without_a_score_the_language_is_the_declared_one() -> None:
    facts = Facts(text=plain(QUESTION), language="de")
    verdict = decide(facts, Unscored(UnscoredReason.TIMEOUT), POLICY, 1)
    assert verdict.language == "de"
    assert [reason.code for reason in verdict.reasons] == ["unscored"]


@pytest.mark.parametrize("score", [0.1, 0.9])
def test_the_worst_part_is_in_the_text_as_submitted(score: float) -> None:
    html = "<p>a <b>fine</b> day</p>"
    facts = Facts(text=Submission(site="news", text=html, text_format="html").plain())
    outcome = Scored({"toxicity": score, "threat": 0.0}, MODEL, 0.1, worst_part=(2, 6))
    start, end = decide(facts, outcome, POLICY, 1).worst_part or (0, 0)
    assert html[start:end] == "fine"
    assert decide(facts, scored(toxicity=score, threat=0.0), POLICY, 1).worst_part is None
