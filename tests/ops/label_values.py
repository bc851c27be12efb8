"""What each label of the metrics may say: closed sets, none of which a caller adds to."""

from __future__ import annotations

from http import HTTPStatus

from moderation.domain.decision import DecidedBy, Decision, ReasonCode
from moderation.domain.errors import StoreFault
from moderation.domain.perspective_pair import Fate
from moderation.domain.scores import LABELS, UnscoredReason
from moderation.scoring.place import PoolEvent
from moderation.store import keys, scripts

_CODES = frozenset(str(status.value) for status in HTTPStatus) | {"aborted"}
_REVIEWS = frozenset(
    [*Decision, *(f"bulk_{one}" for one in Decision), "confirm", "escalate", "undo", "bulk_undo"]
)

#: By label, or by metric and label where the same label means another thing. Of `route` and `model`
#: the values are the application's own and the operator's: see the page.
VALUES: dict[str, frozenset[str]] = {
    "method": frozenset(
        {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    ),
    "code": _CODES,
    "stream": frozenset(keys.LANES),
    "outcome": frozenset(Decision),
    "source": frozenset(DecidedBy),
    "label": frozenset(LABELS),
    "event": frozenset(PoolEvent),
    "command": frozenset(scripts.SCRIPTS),
    "check": frozenset({"redis", "not_draining", "model"}),
    "action": _REVIEWS,
    "what": frozenset({"text", "record"}),
    "share": frozenset({"0.5", "0.9", "1.0"}),
    "comments_received.result": frozenset({"new", "duplicate", "edit", "overloaded"}),
    "coral_answers.result": frozenset({"approved", "withheld", "late", "refused"}),
    "score_cache_requests.result": frozenset({"hit", "miss"}),
    "perspective_shadow.result": frozenset(Fate),
    "shadow.result": frozenset({"same", "would_approve", "would_hold", "unscored", "dropped"}),
    "jobs.result": frozenset({"recorded", "late", "postponed"}),
    "callbacks.result": frozenset(
        {"delivered", "gone", "refused", "failed", "timeout", "unreachable", "address_refused",
         "no_secret", "fault"}
    ),
    "appeals.result": frozenset({"received", "upheld", "granted"}),
    "explains.result": frozenset(
        {"complete", "partial", "known", "no_text", "no_score", "overloaded", "failed"}
    ),
    "login_attempts.result": frozenset(
        {"signed_in", "link", "wrong", "link_gone", "elsewhere", "throttled", "sign_on"}
        | {f"sign_on_{why}" for why in ("down", "denied", "state", "token", "refused", "disabled")}
    ),
    "inference_errors.reason": frozenset(UnscoredReason),
    "held_items.reason": frozenset([*ReasonCode, "other"]),
    "review_conflicts.reason": frozenset({"stale", "appealed", "four_eyes"}),
    "redis_errors.reason": frozenset(StoreFault),
}  # fmt: skip


def values(metric: str, label: str) -> frozenset[str]:
    """Return what a label of a metric (without its prefix and suffix) may say."""
    return VALUES.get(f"{metric}.{label}") or VALUES[label]
