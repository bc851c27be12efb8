"""The picture of the queue in docs/img, taken from the real page with made-up comments.

python -m tests.browser.picture
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import expect

from tests.browser.kit import desk

PICTURE = Path(__file__).parents[2] / "docs" / "img" / "queue.png"
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
    """Show a queue, let its first card be marked, and keep what is seen."""
    with tempfile.TemporaryDirectory() as directory:
        async with desk(Path(directory)) as running:
            for text, parent, author in _COMMENTS:
                context = {"title": "Council to rebuild the old crossing", "section": "Local"}
                context |= {"parent_text": parent} if parent else {}
                await running.hold(text, context=context, author={"id": author})
            page = await running.sign_in("ada")
            await page.goto("/?order=age")
            await expect(page.locator(".text mark").first).to_be_visible()
            PICTURE.parent.mkdir(exist_ok=True)
            await page.screenshot(path=PICTURE)
            await running.end()


if __name__ == "__main__":
    asyncio.run(take())
