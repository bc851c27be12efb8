"""The decision: facts and an outcome in, a verdict with all its reasons out.

Pure. Approve needs a finite score for every label that the policy watches, each below its
threshold, and no rule against it; everything else is held. Nothing here can reject.
"""

from __future__ import annotations

from dataclasses import dataclass

from moderation.domain.decision import DecidedBy, Decision, PolicyRef, Reason, ReasonCode, Verdict
from moderation.domain.language import language_code, words_of
from moderation.domain.policy import Policy
from moderation.domain.rules import SEVERITY, Facts, rule_reasons
from moderation.domain.scores import Outcome, Scored, Scores, Unscored, UnscoredReason


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a verdict tells beside its reasons: the outcome, None if unscored, and the text's own.

    Offsets are in the submitted text.
    """

    outcome: Scored | None
    language: str | None = None
    worst_part: tuple[int, int] | None = None


def decide(facts: Facts, outcome: Outcome, policy: Policy, version: int) -> Verdict:
    """Return the verdict of `policy` (in its `version`) on a comment."""
    ref = PolicyRef(policy.name, version)
    by_rule = rule_reasons(facts, policy)
    outcome = _trusted(outcome)
    if isinstance(outcome, Unscored):
        reasons = (Reason(ReasonCode.UNSCORED, detail=outcome.reason.value), *by_rule)
        return _held(reasons, DecidedBy.FALLBACK, _Reading(None, _language(facts, None)), ref)
    reading = _reading(facts, outcome)
    thresholds = policy.thresholds_for(facts.section)
    by_score = _score_reasons(outcome.scores, thresholds)
    reasons = (*by_score, *_unread(facts, outcome, policy), *by_rule)
    if reasons:
        decided_by = DecidedBy.MODEL if by_score else DecidedBy.RULE
        return _held(reasons, decided_by, reading, ref)
    return Verdict(
        decision=Decision.APPROVE,
        decided_by=DecidedBy.MODEL,
        reasons=(_closest(outcome.scores, thresholds),),
        scores=outcome.scores,
        model=outcome.model,
        policy=ref,
        severity=0.0,
        language=reading.language,
        worst_part=reading.worst_part,
    )


def hold_unseen(outcome: Unscored, policy: str) -> Verdict:
    """Return the verdict on a comment that nothing looked at: held.

    The version of `policy` is 0, since none of its versions had a say.
    """
    reason = Reason(ReasonCode.UNSCORED, detail=outcome.reason.value)
    return _held((reason,), DecidedBy.FALLBACK, _Reading(None), PolicyRef(policy, 0))


def _trusted(outcome: Outcome) -> Outcome:
    """Return the outcome, as unscored if any of its scores is not a probability.

    A NaN or an infinity compares as it likes: minus infinity is below every threshold.
    """
    if isinstance(outcome, Scored) and not all(0.0 <= s <= 1.0 for s in outcome.scores.values()):
        return Unscored(UnscoredReason.BAD_SCORE)
    return outcome


def _reading(facts: Facts, outcome: Scored) -> _Reading:
    part = outcome.worst_part
    worst_part = facts.text.span(*part) if part else None
    return _Reading(outcome, _language(facts, outcome), worst_part)


def _language(facts: Facts, outcome: Scored | None) -> str | None:
    """Return the detected language, or what the caller says where detection is not sure."""
    if outcome and outcome.language:
        return outcome.language
    return language_code(facts.language) if facts.language else None


def _unread(facts: Facts, outcome: Scored, policy: Policy) -> tuple[Reason, ...]:
    """Hold what is in a language that the model does not read: its scores mean nothing."""
    language, known = _language(facts, outcome), outcome.model.languages
    if not policy.rules.hold_unread_language or language is None or known is None:
        return ()
    if language in known or language in policy.rules.unread_languages_let_pass:
        return ()
    if outcome.language is None and not any(map(str.isalpha, words_of(facts.text.text))):
        return ()
    return (Reason(ReasonCode.UNREAD_LANGUAGE, detail=language),)


def _held(
    reasons: tuple[Reason, ...], decided_by: DecidedBy, reading: _Reading, ref: PolicyRef
) -> Verdict:
    outcome = reading.outcome
    return Verdict(
        decision=Decision.HOLD,
        decided_by=decided_by,
        reasons=reasons,
        scores=outcome.scores if outcome else None,
        model=outcome.model if outcome else None,
        policy=ref,
        severity=max(_severity(reason) for reason in reasons),
        language=reading.language,
        worst_part=reading.worst_part,
    )


def _severity(reason: Reason) -> float:
    return reason.score if reason.score is not None else SEVERITY[ReasonCode(reason.code)]


def _score_reasons(scores: Scores, thresholds: dict[str, float]) -> tuple[Reason, ...]:
    reasons = []
    for label, threshold in thresholds.items():
        score = scores.get(label)
        if score is None:
            reasons.append(Reason(ReasonCode.LABEL_MISSING, label=label, threshold=threshold))
        elif score >= threshold:
            reasons.append(Reason(ReasonCode.SCORE_OVER_THRESHOLD, label, score, threshold))
    return tuple(reasons)


def _closest(scores: Scores, thresholds: dict[str, float]) -> Reason:
    """Return the label that came closest to being held: why an approval was one."""
    label = max(thresholds, key=lambda name: scores[name] - thresholds[name])
    return Reason(ReasonCode.BELOW_THRESHOLDS, label, scores[label], thresholds[label])
