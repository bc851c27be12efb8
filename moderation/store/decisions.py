"""Recording decisions: a machine's in batches, a person's one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from moderation.domain.appeals import Appeal
from moderation.domain.comment import keyed_hash
from moderation.domain.decision import DecidedBy, Decision, Verdict, gap
from moderation.domain.scores import UnscoredReason
from moderation.store.events import event_tail
from moderation.store.queue import Job
from moderation.store.store import Store

#: How a person who is signed in acts: not through anybody's key.
PAGE = "page"
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A verdict on a job. `weight_hours`: what one point of severity is worth in waiting."""

    job: Job
    verdict: Verdict
    weight_hours: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """`code`: recorded, late (another decision or text came first) or postponed (still no score).

    `at_ms` is the server's time.
    """

    code: str
    version: int
    at_ms: int


async def record(
    store: Store,
    shard: int,
    rulings: Sequence[Ruling],
    *,
    hold_back_ms: int,
    approved_ttl_ms: int,
    again_s: Sequence[float],
) -> list[Recorded]:
    """Record machine decisions of one shard; answers come in the order of `rulings`.

    `again_s`: waits before a comment without a score is scored again. The last one repeats for a
    comment that found no scorer; one that its scorers failed on is given up after it.
    """
    waits = ",".join(str(round(wait * 1000)) for wait in again_s)
    args: list[str | float] = [hold_back_ms, approved_ttl_ms, waits]
    for ruling in rulings:
        job, verdict = ruling.job, ruling.verdict
        args += [
            job.lane,
            job.stream_id,
            job.comment,
            job.revision,
            "again" if job.again else "new",
            verdict.decision,
            verdict.decided_by,
            verdict.severity,
            head_start_ms(verdict.severity, ruling.weight_hours),
            gap((reason.score, reason.threshold) for reason in verdict.reasons),
            "1" if _found_no_scorer(verdict) else "0",
            _why(verdict),
            verdict.language or job.submission.language or "",
            _tail(verdict),
        ]
    answers = await store.run("record", shard, *args)
    return [Recorded(code, version, at) for code, version, at in answers]


def _found_no_scorer(verdict: Verdict) -> bool:
    return any(reason.detail == UnscoredReason.UNAVAILABLE for reason in verdict.reasons)


def _why(verdict: Verdict) -> str:
    """Return the reason codes and labels that the review queue can be filtered by."""
    names = [str(reason.code) for reason in verdict.reasons]
    names += [reason.label for reason in verdict.reasons if reason.label]
    return ",".join(dict.fromkeys(names))


def _tail(verdict: Verdict) -> str:
    return event_tail(
        type="decided",
        decision=verdict.decision,
        decided_by=verdict.decided_by,
        reasons=[reason.to_dict() for reason in verdict.reasons],
        scores=verdict.scores,
        policy={"name": verdict.policy.name, "version": verdict.policy.version},
        model={"name": verdict.model.name, "version": verdict.model.version}
        if verdict.model
        else None,
        model_languages=verdict.model.languages if verdict.model else None,
        language=verdict.language,
        worst_part=verdict.worst_part,
        severity=verdict.severity,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """One act on many comments. `id`: `b_` and 32 hex digits; `size`: how many it was meant for."""

    id: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDecision:
    """What a person decided on the version that they saw.

    `via`: the id of the API key that relays them, or PAGE for who is signed in themselves. `batch`:
    the act on many that this is one of. `appeal`: the one that this decides, and how.
    """

    comment: str
    site: str
    expected_version: int
    decision: Decision
    actor_id: str
    actor_name: str | None
    via: str
    reason: str | None
    note: str | None
    batch: Batch | None = None
    appeal: Appeal | None = None


async def resolve(
    store: Store,
    said: PersonalDecision,
    basis: dict[str, Any],
    *,
    hold_back_ms: int,
    ttl_ms: int,
    weight_hours: float,
) -> tuple[str, int]:
    """Record a person's decision. `basis` is the decided event that it stands on, or {}.

    Returns (code, version): recorded, already, stale, appealed (it decides none of the open
    appeal), erased or missing; in a batch also escalated,
    drawn, not_held or claimed, for what is left as it is. Scores, policy, model and
    what the text was read as stay those of the machine's decision, so that the answer still
    explains what the person saw.
    """
    severity = severity_of(basis)
    tail = event_tail(
        type="decided",
        decision=said.decision,
        decided_by=DecidedBy.PERSON,
        reasons=[
            {"code": "person", "label": said.reason, "score": None, "threshold": None,
             "detail": None},
        ],
        **explained(basis),
        actor={"id": said.actor_id, "name": said.actor_name, "via": said.via},
        note=said.note,
        **({"batch": asdict(said.batch)} if said.batch else {}),
        **({"appeal": said.appeal.to_dict()} if said.appeal else {}),
    )  # fmt: skip
    code, version = await store.run(
        "resolve", store.shard(said.comment), said.comment, said.site, said.expected_version,
        said.decision, retry_key(store, said), hold_back_ms, ttl_ms, severity,
        head_start_ms(severity, weight_hours), gap_of(basis), tail,
        "1" if said.batch else "0",
    )  # fmt: skip
    return code, int(version)


def retry_key(store: Store, said: PersonalDecision) -> str:
    """Return what the same person saying the same of the same version has in common."""
    return keyed_hash(
        store.secret, "retry", str(said.expected_version), said.decision, said.actor_id,
        said.reason or "", *([said.batch.id] if said.batch else []),
    )  # fmt: skip


def explained(basis: dict[str, Any]) -> dict[str, Any]:
    """Return what a machine's decision was made from, for a later event that stands on it."""
    names = ("scores", "policy", "model", "model_languages", "language", "worst_part")
    return {**{name: basis.get(name) for name in names}, "severity": severity_of(basis)}


def severity_of(event: dict[str, Any]) -> float:
    """Return a decided event's severity; what nobody has looked at stands in the middle."""
    return float(event.get("severity") or 0.5)


def head_start_ms(severity: float, weight_hours: float) -> int:
    """Return by how much a comment goes before others of its age in the order by priority.

    `weight_hours`: what one point of severity is worth in waiting.
    """
    return round(severity * weight_hours * _HOUR_MS)


def gap_of(event: dict[str, Any]) -> float:
    """Return how far the score behind a decided event is from its threshold; 1 without one."""
    return gap((reason["score"], reason["threshold"]) for reason in event.get("reasons", []))
