"""What a decision leaves in metrics and logs: one canonical line, ids and codes only."""

from __future__ import annotations

import structlog

from moderation import tracing
from moderation.domain.scores import Scored, Unscored
from moderation.domain.trace import trace_id
from moderation.services.judging import Judged
from moderation.store.decisions import PAGE, PersonalDecision, Recorded
from moderation.store.reading import Record
from moderation.store.second_thoughts import Act
from moderation.telemetry import Metrics, exemplar

log = structlog.get_logger("moderation.decision")


def machine_decision(
    metrics: Metrics, judged: Judged, recorded: Recorded, started_s: float
) -> None:
    """Count and log what became of one job, in hand since `started_s` (seconds since 1970)."""
    job, verdict, outcome = judged.ruling.job, judged.ruling.verdict, judged.outcome
    metrics.jobs.labels(job.lane, recorded.code).inc()
    waited_s = max(0.0, (recorded.at_ms - job.received_ms) / 1000)
    metrics.job_wait.labels(job.lane).observe(waited_s)
    if isinstance(outcome, Unscored):
        metrics.inference_errors.labels(outcome.reason.value).inc()
    if isinstance(outcome, Scored):  # in no time: remembered
        metrics.score_cache.labels("miss" if outcome.seconds else "hit").inc()
    if isinstance(outcome, Scored) and outcome.seconds:
        metrics.inference_duration.labels(outcome.model.name).observe(outcome.seconds)
    if recorded.code != "recorded":
        return
    metrics.decisions.labels(verdict.decision.value, verdict.decided_by.value).inc()
    if not job.again:
        decided = metrics.decision_duration.labels(verdict.decision.value)
        decided.observe(waited_s, exemplar(job.trace))
    for label, score in (verdict.scores or {}).items():
        metrics.score.labels(label).observe(score)
    _trace(judged, recorded, started_s)
    log.info(
        "decided",
        comment=job.comment,
        trace_id=trace_id(job.trace),
        site=job.submission.site,
        revision=job.revision,
        version=recorded.version,
        decision=verdict.decision.value,
        decided_by=verdict.decided_by.value,
        reasons=[str(reason.code) for reason in verdict.reasons],
        policy=f"{verdict.policy.name}/{verdict.policy.version}",
        model=f"{verdict.model.name}/{verdict.model.version}" if verdict.model else None,
        scorer_ms=round(outcome.seconds * 1000, 1) if isinstance(outcome, Scored) else None,
        waited_ms=round(waited_s * 1000),
        deliveries=job.deliveries,
    )


def _trace(judged: Judged, recorded: Recorded, started_s: float) -> None:
    job, verdict = judged.ruling.job, judged.ruling.verdict
    if not job.again:  # which was decided before, and did not wait in the queue since
        # The server's clock began it: were it ahead, the wait would end before it began.
        received_s = min(job.received_ms / 1000, started_s)
        tracing.step(
            "queued", job.trace, "internal", received_s, started_s,
            comment=job.comment, lane=job.lane, deliveries=job.deliveries,
        )  # fmt: skip
    tracing.step(
        "decide",
        job.trace,
        "consumer",
        started_s,
        comment=job.comment,
        site=job.submission.site,
        version=recorded.version,
        decision=verdict.decision.value,
        decided_by=verdict.decided_by.value,
        deliveries=job.deliveries,
        received_ms=job.received_ms,
    )


def person_decision(
    metrics: Metrics, said: PersonalDecision, version: int, before: Record, after: Record
) -> None:
    """Count and log a person's decision: ids and codes, no note.

    How long somebody had one of many in hand says nothing of how long a decision takes.
    """
    decision, stood_by = said.decision.value, before.state.get("by")
    metrics.decisions.labels(decision, "person").inc()
    metrics.reviews.labels(f"bulk_{decision}" if said.batch else decision).inc()
    if said.appeal:
        metrics.appeals.labels(said.appeal.status).inc()
    if stood_by == "person" and not (said.appeal and said.appeal.status == "upheld"):
        metrics.reversals.inc()
    at_ms = int((after.decided or {}).get("at", 0))
    if before.state.get("lp") == said.actor_id and not said.batch:
        metrics.review_handling.observe(max(0, at_ms - int(before.state["lf"])) / 1000)
    if stood_by in {"model", "rule", "fallback"} and before.state.get("d") == "hold":
        metrics.review_wait.observe(max(0, at_ms - int(before.state["rcv"])) / 1000)
    log.info(
        "decided",
        decided_by="person",
        comment=said.comment,
        site=said.site,
        version=version,
        decision=decision,
        via=said.via,
        batch=said.batch.id if said.batch else None,
        appeal=said.appeal.status if said.appeal else None,
    )


def person_read(metrics: Metrics, said: PersonalDecision, version: int) -> None:
    """Count and log that a person read an approval which was drawn, and left it as it is."""
    metrics.reviews.labels("confirm").inc()
    log.info("confirmed", comment=said.comment, site=said.site, version=version, via=said.via)


def person_act(metrics: Metrics, action: str, act: Act, version: int, **more: str | int) -> None:
    """Count and log what a person did beside deciding: ids and codes, no note."""
    metrics.reviews.labels(action).inc()
    log.info(action, comment=act.comment, site=act.site, version=version, via=PAGE, **more)
