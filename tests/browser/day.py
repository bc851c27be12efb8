"""A scripted moderator reviews thousands of comments in Chromium; the trail must be what they did.

    python -m tests.browser.day [FILE] [--count 3000] [--seed 1]

FILE: comments as `make demo` takes them; without it mild ones are made up. No text is printed.
Exits 1 when a comment's trail, or what its site was told last, is not what was done.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tests.acceptance.driver.texts import mild_comments, read_comments
from tests.browser.kit import Desk, desk
from tests.browser.scripted import HELD_AGAIN, Act, Moderator, acts_of
from tests.service_kit import until

_AT_ONCE = 20
_BEFORE = ("received", "decided")


async def day(running: Desk, texts: Sequence[str], seed: int) -> tuple[Moderator, list[str]]:
    """Let a moderator work all of these off; return them, and what is not as they did it."""
    page = await running.sign_in("ada")
    for first in range(0, len(texts), _AT_ONCE):
        await asyncio.gather(*map(running.hold, texts[first : first + _AT_ONCE]))
    moderator = Moderator(page, seed)
    await moderator.work("/?order=age")
    told = [await _wrong(running, one, moderator.done[one]) for one in running.submitted]
    return moderator, [wrong for wrong in told if wrong]


async def _wrong(running: Desk, comment: str, done: list[Act]) -> str | None:
    """Return what is wrong with what is told of a comment: by its trail, or last to its site."""
    trail = await running.history(comment)
    told = acts_of(trail, "ada")
    if not done:
        return f"{comment}: was left"
    if told != done or len(trail) != len(_BEFORE) + len(done):
        return f"{comment}: done {done}, told {told} of {len(trail)} events"

    async def is_heard() -> bool:
        calls = running.heard(comment)
        return bool(calls and calls[-1].event["data"]["decision"] == _stands(trail))

    await until(is_heard)
    return None


def _stands(trail: Sequence[dict[str, Any]]) -> str:
    return [event["decision"] for event in trail if event["type"] == "decided"][-1]


async def _main(file: Path | None, count: int, seed: int) -> int:
    comments = read_comments(file, count) if file else mild_comments(count, seed)
    texts = [one.text for one in comments]
    with tempfile.TemporaryDirectory() as directory:
        async with desk(Path(directory)) as running:
            began = time.monotonic()
            moderator, wrong = await day(running, texts, seed)
            took = time.monotonic() - began
    acts = sum(map(len, moderator.done.values()))
    taken_back = sum(done.count(HELD_AGAIN) for done in moderator.done.values())
    print(f"{len(texts):,} comments, {acts:,} acts, {taken_back:,} to take back: {took:.0f} s")
    print(", ".join(f"{name} {number:,}" for name, number in sorted(moderator.counts.items())))
    print("\n".join(wrong) or "every trail is what was done")
    return 1 if wrong else 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--count", default=3000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(file: Path | None, count: int, seed: int) -> None:
    """Play the day and say whether its trail is right."""
    sys.exit(asyncio.run(_main(file, count, seed)))


if __name__ == "__main__":
    main()
