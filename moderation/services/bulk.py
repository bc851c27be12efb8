"""Many comments decided in one act, and taken back in one: by a person, never by a machine.

Each is decided by the same way as alone, on its own version and once; what somebody else has in
hand, what was escalated and what is read blind is left as it is and named.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from moderation.domain.decision import Decision
from moderation.domain.errors import FourEyesError, NotFoundError, NotInBulkError, StaleError
from moderation.services.looking import Moderator
from moderation.services.reviewing import Reviewing
from moderation.store.decisions import Batch

#: How many are on their way to the store at once; they share the waits for its disk.
_AT_ONCE = 24
_ID_DIGITS = 32
_Refused = NotFoundError | StaleError | NotInBulkError | FourEyesError
#: A comment and the version that the person saw, or that they made.
Item = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done`: each comment with its new version. `refused`: each with why it is as it was."""

    done: list[Item]
    refused: list[tuple[str, _Refused]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """The use case of one process."""

    reviewing: Reviewing

    async def decide(
        self,
        site: str,
        person: Moderator,
        items: Sequence[Item],
        batch: str,
        decision: Decision,
        reason: str | None = None,
        note: str | None = None,
    ) -> Outcome:
        """Decide on all items that may be; asked again with the same, the answer is the same.

        `batch`: what the person's page calls this act; each event has an id made of it. Raises
        StoreDownError: some may be decided then, and asking again goes on.
        """
        one_of = _batch(person, batch, items)

        async def decided(comment: str, version: int) -> dict[str, Any]:
            return await self.reviewing.decide(
                site, person, comment, version, decision, reason, note, one_of
            )

        return await _each(items, decided)

    async def undo(
        self, site: str, person: Moderator, items: Sequence[Item], batch: str
    ) -> Outcome:
        """Take a batch back: of each item the person's decision with its version.

        Raises StoreDownError, as `decide` does.
        """
        one_of = _batch(person, batch, items)

        async def undone(comment: str, version: int) -> dict[str, Any]:
            return await self.reviewing.undo(site, person, comment, version, one_of)

        return await _each(items, undone)


def _batch(person: Moderator, named: str, items: Sequence[Item]) -> Batch:
    """Return the batch that an act is: its id is of this person alone, whatever a page sends."""
    own = hashlib.sha256(f"batch {person.id} {named}".encode()).hexdigest()
    return Batch(f"b_{own[:_ID_DIGITS]}", len(items))


async def _each(
    items: Sequence[Item], act: Callable[[str, int], Awaitable[dict[str, Any]]]
) -> Outcome:
    """Act on all items, some at once; what comes of them keeps their order."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> int | _Refused:
        async with room:
            try:
                return int((await act(*item))["version"])
            except (NotFoundError, StaleError, NotInBulkError, FourEyesError) as refused:
                return refused

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as several:  # the store is down, for all of them
        raise several.exceptions[0] from None
    found = [(comment, task.result()) for (comment, _), task in zip(items, tasks, strict=True)]
    return Outcome(
        done=[(comment, result) for comment, result in found if isinstance(result, int)],
        refused=[(comment, result) for comment, result in found if not isinstance(result, int)],
    )
