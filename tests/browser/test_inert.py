"""Comments that would do something: all of them are shown, and none does anything."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.kit import Desk
from tests.web.hostile import HOSTILE

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = [text for text in HOSTILE if text.strip()]
SHOWN = """Object.fromEntries([...document.querySelectorAll(".card")].map(
    (card) => [card.id, card.querySelector(".text").textContent]))"""


async def all_cards(page: Page, count: int) -> dict[str, str]:
    """Go through the queue to its end, and return the text of each card."""
    for _ in range(count):
        found: dict[str, str] = await page.evaluate(SHOWN)
        if len(found) == count:
            return found
        await page.locator(".card").last.focus()
        await page.wait_for_function(
            "(before) => document.querySelectorAll('.card').length > before", arg=len(found)
        )
    raise AssertionError("the queue has no end")


async def test_every_text_comes_back_code_point_for_code_point(at_desk: Desk):
    ids = await at_desk.hold(*TEXTS)
    page = await at_desk.sign_in("ada")
    await page.goto("/?order=age")
    found = await all_cards(page, len(TEXTS))
    assert [found[comment] for comment in ids] == TEXTS
    inside = "document.querySelectorAll('.text :not(mark, bdi.unseen, span.empty)').length"
    assert await page.evaluate(inside) == 0
    assert await page.evaluate("window.PWNED === undefined")
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert await page.evaluate(wide)
    assert page.url.endswith("/?order=age")


@pytest.mark.parametrize("text", ["<img src=x onerror=window.PWNED=1> idiot", "\u202eidiot\u202c"])
async def test_what_stands_around_a_text_is_as_inert(at_desk: Desk, text: str):
    context = {"title": text, "section": text, "parent_text": text, "article_id": text,
               "url": "javascript:window.PWNED=1"}  # fmt: skip
    (comment,) = await at_desk.hold(text, context=context, author={"id": text, "name": text})
    page = await at_desk.sign_in("ada")
    await page.goto("/")
    card = page.locator(f"#{comment}")
    await expect(card.locator(".text mark").first).to_have_text("idiot")
    assert await card.locator(".text").text_content() == text
    assert await card.locator(".parent bdi").first.text_content() == text
    for key in "uc":
        await page.keyboard.press(key)
        await expect(page.locator("#drawer .content p").first).to_be_visible()
        await expect(page.locator("#drawer a[href^=javascript]")).to_have_count(0)
        await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await page.keyboard.type("<script>window.PWNED=1</script>")
    await page.keyboard.press("Control+Enter")
    await expect(card).to_contain_text("Escalated")
    await page.goto(f"/item/{comment}")
    await expect(page.locator("#history")).to_contain_text("<script>")
    assert await page.evaluate("window.PWNED === undefined")
    assert await page.locator("img, script:not([src])").count() == 0
