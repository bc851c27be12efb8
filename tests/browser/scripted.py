"""A moderator who works through a queue by keyboard, and what the trail must say of it afterwards.

They read nothing: what they do next is drawn by lot, from a seed. Each act is noted as it is done,
so that the noted acts and the comments' trails can be compared, event by event.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page, Request

from tests.service_kit import until

#: What is done, and how often in a hundred times.
_ACTS = {"approve": 40, "reject": 22, "escalate": 5, "skip": 5, "undo": 10, "many": 18}
#: The reasons by their keys, as they are shipped.
_REASONS = ("spam", "harassment", "hate", "threat", "sexual", "personal_data", "off_topic",
            "illegal", "other")  # fmt: skip
_FOCUSED = "document.activeElement?.closest('.card[data-state=held]')?.id ?? ''"
_LOOKS, _BETWEEN_S = 3, 0.5
_AT_END = "document.getElementById('end').textContent.trim()"
_CHOSEN = (
    "[...document.querySelectorAll('.card[data-state=held]:has(.pick input:checked)')]"
    ".map((card) => card.id)"
)
#: An act on a comment as its trail tells it: type, decision, reason or note.
Act = tuple[str, str | None, str | None]
HELD_AGAIN: Act = ("decided", "hold", "undone")


@dataclass
class Moderator:
    """Somebody at the queue's page. `done`: for each comment, what they did to it, in order."""

    page: Page
    seed: int
    done: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _undoable: list[Sequence[str]] = field(default_factory=list)
    _saving: set[Request] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Know which acts are on their way."""
        self.page.on("request", self._sent)
        for ended in ("requestfinished", "requestfailed"):
            self.page.on(ended, self._answered)

    def _sent(self, request: Request) -> None:
        if request.method == "POST":
            self._saving.add(request)

    def _answered(self, request: Request) -> None:
        self._saving.discard(request)

    async def work(self, address: str) -> None:
        """Open the queue at an address and act until nothing is left of it, skipped ones too."""
        dice = random.Random(self.seed)
        while await self._opened(address):
            while comment := await self._focused():
                await self._act(comment, dice)

    async def _opened(self, address: str) -> bool:
        """Load the page anew, once all is saved: what was skipped comes again."""
        await until(lambda: not self._saving)
        self._undoable.clear()
        for _ in range(_LOOKS):  # what the page before had may be given back just now
            await self.page.goto(address)
            if await self._focused():
                return True
            await asyncio.sleep(_BETWEEN_S)
        return False

    async def _focused(self) -> str:
        """Return the comment that keys act on, when it is there; empty at the end of the queue."""

        async def is_ready() -> bool:
            return bool(await self.page.evaluate(f"({_FOCUSED}) || {_AT_END}"))

        await until(is_ready)
        return str(await self.page.evaluate(_FOCUSED))

    async def _act(self, comment: str, dice: random.Random) -> None:
        (act,) = dice.choices(list(_ACTS), list(_ACTS.values()))
        self.counts[act] += 1
        match act:
            case "approve":
                await self._press("a")
                self._did([comment], ("decided", "approve", None))
            case "reject":
                self._did([comment], ("decided", "reject", await self._rejects(dice, "r")))
            case "escalate":
                await self._press("e")
                await self.page.keyboard.type("for an admin")
                await self._press("Enter")
                self._did([comment], ("escalated", None, "for an admin"))
            case "skip":
                await self._press("s")
                self._undoable.append(())
            case "many":
                await self._many(dice)
            case "undo":
                await self._undo()

    async def _rejects(self, dice: random.Random, key: str) -> str:
        number = dice.randrange(len(_REASONS))
        await self._press(key, str(number + 1))
        return _REASONS[number]

    async def _many(self, dice: random.Random) -> None:
        """Decide in one act on all that are open here."""
        await self._press("Shift+X")
        chosen = await self.page.evaluate(_CHOSEN)
        assert chosen, "the focused one is among them at least"
        if dice.random() < 0.5:
            await self._press("Shift+A")
            self._did(chosen, ("decided", "approve", None))
        else:
            self._did(chosen, ("decided", "reject", await self._rejects(dice, "Shift+R")))

    async def _undo(self) -> None:
        if not self._undoable:
            return
        await self._press("z")
        for comment in self._undoable.pop():
            self.done[comment].append(HELD_AGAIN)

    def _did(self, comments: Sequence[str], act: Act) -> None:
        self._undoable.append(list(comments))
        for comment in comments:
            self.done[comment].append(act)

    async def _press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)


def acts_of(trail: Sequence[dict[str, Any]], person: str) -> list[Act]:
    """Return what a trail says that somebody did, as `Moderator.done` notes it."""
    return [_act(event) for event in trail if (event.get("actor") or {}).get("name") == person]


def _act(event: dict[str, Any]) -> Act:
    if event["type"] == "escalated":
        return ("escalated", None, event["note"])
    if event.get("undoes"):
        return HELD_AGAIN
    reason = (event.get("reasons") or [{}])[0].get("label")
    return (event["type"], event["decision"], reason)
