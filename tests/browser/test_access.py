"""The page for everybody: axe finds nothing, in both schemes, wide and at 400 %."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.kit import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: 320 by 256 is what 1280 by 1024 is at 400 %.
WIDE, AT_400 = {"width": 1280, "height": 800}, {"width": 320, "height": 256}
LOOKS: list[dict[str, Any]] = [
    {"viewport": WIDE, "color_scheme": "light"},
    {"viewport": WIDE, "color_scheme": "dark"},
    {"viewport": AT_400, "color_scheme": "light"},
    {"viewport": AT_400, "color_scheme": "dark"},
]


async def check(page: Page) -> None:
    """Axe finds nothing, and nothing has to be scrolled sideways."""
    found = await Axe().run(page)
    broken = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
    assert broken == [], page.url
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing(at_desk: Desk, look: dict[str, Any]):
    comment, *_ = await at_desk.hold(
        "you are an idiot \u202ewith\u202c marks", "two", "three",
        context={"title": "The plan", "section": "Local", "parent_text": "What?"},
        author={"id": "u-1"},
    )  # fmt: skip
    page = await at_desk.sign_in("ada", **look)
    await page.goto("/?order=age")
    await expect(page.locator(".text mark").first).to_be_visible()
    await check(page)
    for key in "reuc?":
        await page.keyboard.press(key)
        await expect(page.locator("dialog[open]")).to_have_count(1)
        if key in "uc":
            await expect(page.locator("#drawer .content p").first).to_be_visible()
        await check(page)
        await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await check(page)
    await page.keyboard.press(".")
    await page.locator("summary").click()
    await check(page)
    for path in (f"/item/{comment}", "/search", "/settings", "/nothing"):
        await page.goto(path)
        await check(page)
    stranger = await at_desk.open(**look)
    await stranger.goto("/")
    await expect(stranger).to_have_url(f"{at_desk.url}/login?next=%2F")
    await check(stranger)


async def test_everything_can_be_reached_by_tab(at_desk: Desk):
    await at_desk.hold("one", "two")
    page = await at_desk.sign_in("ada")
    await page.goto("/?order=age")
    reached = []
    at = """[(document.activeElement.labels?.[0] ?? document.activeElement)
                 .textContent.trim().split(/\\s/)[0],
             getComputedStyle(document.activeElement).outlineStyle]"""
    for _ in range(10):
        reached.append(await page.evaluate(at))
        await page.keyboard.press("Tab")
    names = ["Select", "Author", "Thread", "History", "Approve", "Reject", "Skip", "Escalate"]
    assert [name for name, _ in reached[1:9]] == names
    rings = [ring for _, ring in reached[1:9]]
    assert rings == ["solid"] * len(names)
