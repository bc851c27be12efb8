"""The pictures in docs/img, taken from the real pages with made-up comments and counts.

python -m tests.browser.picture
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import expect

from moderation.store import server_socket
from moderation.store.client import connect
from moderation.store.store import open_store
from tests.browser import made_up
from tests.browser.kit import Desk, desk

PICTURES = Path(__file__).parents[2] / "docs" / "img"
_COMMENTS = (
    ("You are an idiot if you think that anybody will use this.", "Rebuild it, I say.", "u-1"),
    ("The whole plan is rubbish, and the council knows it. I have written to them twice about the "
     "lights there, and twice I was told that there is no money.", None, "u-2"),
    ("Only a fool would park\u200bthere.", "Where should we park?", "u-3"),
    ("My grandmother used that crossing every day. Please keep the trees at least.", None, "u-4"),
    ("What about the bicycle lane that was promised before the election?", None, "u-1"),
    ("Not this again.", "The fountain was a waste as well.", "u-5"),
)  # fmt: skip


async def take() -> None:
    """Take each picture of a service of its own making."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        async with desk(Path(directory)) as running:
            await _queue(running)
            await _insights(running)
            await running.end()


async def _queue(running: Desk) -> None:
    """Show a queue and let its first card be marked."""
    for text, parent, author in _COMMENTS:
        context = {"title": "Council to rebuild the old crossing", "section": "Local"}
        context |= {"parent_text": parent} if parent else {}
        await running.hold(text, context=context, author={"id": author})
    page = await running.sign_in("ada")
    await page.goto("/?order=age")
    await expect(page.locator(".text mark").first).to_be_visible()
    await page.screenshot(path=PICTURES / "queue.png")


async def _insights(running: Desk) -> None:
    """Show a month of a site that never was."""
    clients = connect(server_socket.url_of(server_socket.socket_of(running.directory / "data")))
    await made_up.write(await open_store(clients, shards=None, secret=None), "news")
    await clients.aclose()
    page = await running.sign_in("ada", viewport={"width": 1280, "height": 900})
    await page.goto("/insights?want=precision&value=60")
    await expect(page.locator(".advice")).to_contain_text("Hold from 0.")
    await page.screenshot(path=PICTURES / "insights.png")


if __name__ == "__main__":
    asyncio.run(take())
