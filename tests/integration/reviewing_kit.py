"""Who is signed in and what they have before them, for tests of what moderators do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moderation.domain.people import RIGHTS, Right, Role
from moderation.services.reviewing import Reviewing
from tests import service_kit as kit
from tests.service_kit import Service


@dataclass(frozen=True)
class Who:
    """Somebody who is signed in."""

    id: str
    name: str
    role: Role = Role.MODERATOR

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


ADA, BOB = Who("p_ada", "Ada"), Who("p_bob", "Bob")
HEDY = Who("p_hedy", "Hedy", Role.ADMIN)


def at_the_page(s: Service, **options: float) -> Reviewing:
    review = s.settings.review.model_copy(update=options)
    changed = s.settings.model_copy(update={"review": review})
    return Reviewing(s.store, changed, s.book, s.metrics)


async def hold(s: Service, count: int, **fields: Any) -> list[str]:
    """Return so many held comments, in the order of their age."""
    ids = await s.submit_all(kit.texts(count, held=True), **fields)
    await s.decided(ids)
    return await s.held()


def ids_of(page: Any) -> list[str]:
    return [item["id"] for item in page.items]
