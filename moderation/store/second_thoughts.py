"""What a person does beside deciding: hand a comment on, and take back what they did last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from moderation.domain.comment import keyed_hash
from moderation.domain.decision import DecidedBy, Decision
from moderation.domain.standing import decision_of
from moderation.store.decisions import PAGE, Batch, explained, gap_of, head_start_ms, severity_of
from moderation.store.events import event_tail
from moderation.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts on which version of a comment, on the page; `batch`: in one act on many."""

    comment: str
    site: str
    expected_version: int
    actor_id: str
    actor_name: str
    batch: Batch | None = None

    def actor(self) -> dict[str, str]:
        """Return the person as an event names them."""
        return {"id": self.actor_id, "name": self.actor_name, "via": PAGE}


async def escalate(store: Store, act: Act, note: str | None) -> tuple[str, int]:
    """Hand a held comment on. Returns (code, version).

    The codes: recorded, already, stale, not_held, erased or missing.
    """
    retry = keyed_hash(store.secret, "escalate", str(act.expected_version), act.actor_id)
    tail = event_tail(type="escalated", actor=act.actor(), note=note)
    code, version = await store.run(
        "escalate", store.shard(act.comment), act.comment, act.site, act.expected_version, retry,
        tail,
    )  # fmt: skip
    return code, int(version)


async def undo(
    store: Store,
    act: Act,
    undone: int,
    stands: Sequence[dict[str, Any]],
    *,
    was_decided: bool,
    only_within: bool,
    ttl_ms: int,
    weight_hours: float,
    reopens: dict[str, Any] | None = None,
) -> tuple[str, int, bool]:
    """Take back the event with the version `undone`; `stands` are the events that stand then.

    `was_decided`: it was a decision, not an escalation. `only_within`: only while its callback is
    held back. `reopens`: the appeal that it decided. Returns (code, version, whether it was):
    recorded, already, stale, too_late, appealed (an appeal is open), erased or missing.
    """
    basis = decision_of(stands) or {}
    escalation = stands[-1] if stands and stands[-1]["type"] == "escalated" else None
    severity = severity_of(basis)
    code, version, within = await store.run(
        "undo", store.shard(act.comment), act.comment, act.site, act.expected_version,
        keyed_hash(store.secret, "undo", str(undone), act.actor_id), undone,
        basis.get("decision", Decision.HOLD) if was_decided else "",
        escalation["version"] if escalation else "",
        "1" if only_within else "0", ttl_ms, severity, head_start_ms(severity, weight_hours),
        gap_of(basis),
        _tail(act, undone, basis, reopens) if was_decided else _note(act, undone),
    )  # fmt: skip
    return code, int(version), bool(within)


def _note(act: Act, undone: int) -> str:
    return event_tail(type="undone", undoes=undone, actor=act.actor())


def _tail(act: Act, undone: int, basis: dict[str, Any], reopens: dict[str, Any] | None) -> str:
    """Return the decision that stands again, as this person's: its reasons, and who restored it."""
    appeal = {**reopens, "status": "open"} if reopens else basis.get("appeal")
    restored = {"code": "person", "label": "undone", "score": None, "threshold": None}
    return event_tail(
        type="decided",
        decision=basis.get("decision", Decision.HOLD),
        decided_by=DecidedBy.PERSON,
        reasons=[*basis.get("reasons", []), {**restored, "detail": None}],
        **explained(basis),
        undoes=undone,
        actor=act.actor(),
        note=None,
        **({"batch": basis["batch"]} if basis.get("batch") else {}),
        **({"undoes_batch": asdict(act.batch)} if act.batch else {}),
        **({"appeal": appeal} if appeal else {}),
    )
