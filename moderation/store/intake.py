"""Taking comments in: accepting new ones, many in one script call, and editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moderation.domain.comment import Submission, keyed_hash, text_sha256
from moderation.domain.errors import (
    ConflictError,
    NotFoundError,
    OverloadedError,
    SiteOverloadedError,
)
from moderation.store.coalescing import Coalescer
from moderation.store.events import event_tail
from moderation.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When the queue is full: at `max_depth` entries, or `max_wait_s` of work at the drain rate.

    `floor_rate` (comments/s) is what is believed of a queue that has not drained yet.
    `idempotency_s` is how long an idempotency key is remembered.
    """

    max_depth: int
    max_wait_s: float
    floor_rate: float
    idempotency_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComment:
    """A submission under its id, ready for the accept script.

    `callback_url`: where a new comment's decisions go, or ''; an edit keeps the comment's own.
    `share`: the part of the queue that its site may fill. `lane`: hi, n or lo. `trace`: the
    caller's traceparent, or ''.
    """

    id: str
    submission: Submission
    idempotency_key: str | None
    callback_url: str
    lane: str
    share: float
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """`new` tells whether this call created it; `version` is the newest event's.

    `at_ms` is the server's time of this call.
    """

    id: str
    new: bool
    version: int
    at_ms: int


class Accepts:
    """The coalescing accept call."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._calls: Coalescer[tuple[str | float, ...]] = Coalescer(self._send)

    async def accept(self, new: NewComment) -> Accepted:
        """Store and queue a comment, or find that it is there already.

        Raises ConflictError, OverloadedError, SiteOverloadedError, StoreDownError.
        """
        # Built here, so that a text that can't be stored fails its own caller, not the batch.
        arguments = _arguments(self._store, new)
        code, version, retry_after, at = await self._calls.add(self._store.shard(new.id), arguments)
        return _accepted(new.id, code, version, retry_after, at)

    async def _send(self, shard: int, batch: list[tuple[str | float, ...]]) -> list[Any]:
        limits = self._limits
        args: list[str | float] = [
            limits.max_depth, limits.max_wait_s, limits.floor_rate, limits.idempotency_s
        ]  # fmt: skip
        for arguments in batch:
            args.extend(arguments)
        answers: list[Any] = await self._store.run("accept", shard, *args)
        return answers


def _arguments(store: Store, new: NewComment) -> tuple[str | float, ...]:
    said, payload = new.submission, new.submission.to_json()
    return (
        new.id,
        said.site,
        *_use(store, new, payload),
        text_fingerprint(store, said),
        payload,
        new.lane,
        new.share,
        said.external_id or "",
        new.callback_url,
        article_hash(store, said),
        said.author.id or "",
        text_sha256(said.text),
        event_tail(type="received", revision=1),
        section_hash(store, said.site, said.context.section),
        parent_hash(store, said.site, said.context.parent_id),
        new.trace,
    )


def text_fingerprint(store: Store, said: Submission) -> str:
    """Return the keyed hash by which two texts of a site are the same."""
    return keyed_hash(store.secret, "text", said.site, said.text_format, said.text)


def article_hash(store: Store, said: Submission) -> str:
    """Return the hash under which an article's held comments are indexed, or ''."""
    article = said.context.article_id
    return keyed_hash(store.secret, "article", said.site, article) if article else ""


def section_hash(store: Store, site: str, section: str | None) -> str:
    """Return the hash by which held comments can be filtered by section, or ''."""
    return keyed_hash(store.secret, "section", site, section) if section else ""


def parent_hash(store: Store, site: str, external_id: str | None) -> str:
    """Return the hash under which the answers to a comment are found, or ''.

    `external_id`: the site's own id of the comment that is answered.
    """
    return keyed_hash(store.secret, "parent", site, external_id) if external_id else ""


def _use(store: Store, new: NewComment, payload: str) -> tuple[str, str]:
    """Return hashes of an idempotency key and of what it is used for; two '' without a key.

    It is used for this payload of this comment.
    """
    if not new.idempotency_key:
        return "", ""
    key = keyed_hash(store.secret, "idempotency", new.idempotency_key)
    return key, keyed_hash(store.secret, "use", new.id, payload)


def _accepted(comment: str, code: str, version: int, retry_after: int, at: int) -> Accepted:
    if code == "key_conflict":
        raise ConflictError("this idempotency key came with another body before")
    if code == "text_conflict":
        raise ConflictError("this external_id has another text; use PUT to edit it")
    if code == "full":
        raise OverloadedError(retry_after)
    if code == "site_full":
        raise SiteOverloadedError(retry_after)
    return Accepted(comment, code == "new", version, at)


async def edit(store: Store, new: NewComment, idempotency_s: int) -> Accepted:
    """Store a new revision of a comment and queue it.

    Raises NotFoundError, ConflictError, StoreDownError. An edit is not refused by a full queue:
    the comment is accepted already.
    """
    said, payload = new.submission, new.submission.to_json()
    code, version, at = await store.run(
        "edit", store.shard(new.id), new.id, said.site, *_use(store, new, payload),
        idempotency_s, text_fingerprint(store, said), payload, new.lane,
        said.callback_url or "", article_hash(store, said), said.author.id or "",
        text_sha256(said.text), event_tail(type="edited"),
        section_hash(store, said.site, said.context.section),
        parent_hash(store, said.site, said.context.parent_id), new.trace,
    )  # fmt: skip
    if code in {"missing", "erased"}:
        raise NotFoundError("no such comment")
    if code == "key_conflict":
        raise ConflictError("this idempotency key came with another body before")
    return Accepted(new.id, code == "edited", version, at)
