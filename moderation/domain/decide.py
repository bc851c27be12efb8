"""The decision: facts and an outcome in, a verdict with all its reasons out.

Pure. Approve needs a finite score for every label that the policy watches, each below its
threshold, and no rule against it; everything else is held. Nothing here can reject.
"""

from __future__ import annotations

from moderation.domain.decision import DecidedBy, Decision, PolicyRef, Reason, ReasonCode, Verdict
from moderation.domain.policy import Policy
from moderation.domain.rules import SEVERITY, Facts, rule_reasons
from moderation.domain.scores import Outcome, Scored, Scores, Unscored, UnscoredReason


def decide(facts: Facts, outcome: Outcome, policy: Policy, version: int) -> Verdict:
    """Return the verdict of `policy` (in its `version`) on a comment."""
    ref = PolicyRef(policy.name, version)
    by_rule = rule_reasons(facts, policy)
    outcome = _trusted(outcome)
    if isinstance(outcome, Unscored):
        reasons = (Reason(ReasonCode.UNSCORED, detail=outcome.reason.value), *by_rule)
        return _verdict(reasons, DecidedBy.FALLBACK, None, ref)
    thresholds = policy.thresholds_for(facts.section)
    by_score = _score_reasons(outcome.scores, thresholds)
    reasons = (*by_score, *by_rule)
    if reasons:
        decided_by = DecidedBy.MODEL if by_score else DecidedBy.RULE
        return _verdict(reasons, decided_by, outcome, ref)
    return Verdict(
        decision=Decision.APPROVE,
        decided_by=DecidedBy.MODEL,
        reasons=(_closest(outcome.scores, thresholds),),
        scores=outcome.scores,
        model=outcome.model,
        policy=ref,
        severity=0.0,
    )


def hold_unseen(outcome: Unscored, policy: str) -> Verdict:
    """Return the verdict on a comment that nothing looked at: held.

    The version of `policy` is 0, since none of its versions had a say.
    """
    reason = Reason(ReasonCode.UNSCORED, detail=outcome.reason.value)
    return _verdict((reason,), DecidedBy.FALLBACK, None, PolicyRef(policy, 0))


def _trusted(outcome: Outcome) -> Outcome:
    """Return the outcome, as unscored if any of its scores is not a probability.

    A NaN or an infinity compares as it likes: minus infinity is below every threshold.
    """
    if isinstance(outcome, Scored) and not all(0.0 <= s <= 1.0 for s in outcome.scores.values()):
        return Unscored(UnscoredReason.BAD_SCORE)
    return outcome


def _verdict(
    reasons: tuple[Reason, ...], decided_by: DecidedBy, outcome: Scored | None, ref: PolicyRef
) -> Verdict:
    return Verdict(
        decision=Decision.HOLD,
        decided_by=decided_by,
        reasons=reasons,
        scores=outcome.scores if outcome else None,
        model=outcome.model if outcome else None,
        policy=ref,
        severity=max(_severity(reason) for reason in reasons),
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
