"""What a search found is decided on where it is shown, as in the queue."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.kit import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def search(page: Page, text: str) -> None:
    """Look for a text, by keyboard alone."""
    await page.keyboard.press("/")
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def at_search(desk: Desk, name: str = "ada", **options: object) -> Page:
    page = await desk.sign_in(name, **options)
    await page.goto("/search")
    await page.get_by_role("textbox", name="Text").blur()
    return page


async def test_what_is_found_is_decided_by_the_same_keys(at_desk: Desk):
    await at_desk.hold("a purple walrus 1", "a purple walrus 2", "a green walrus")
    page = await at_search(at_desk)
    await search(page, "purple walrus")
    await expect(page.locator(".card")).to_have_count(2)
    newest, oldest = [await one.get_attribute("id") for one in await page.locator(".card").all()]
    assert newest
    assert oldest
    await expect(page.locator(f"#{newest}")).to_be_focused()
    await page.keyboard.press("r")
    await page.keyboard.press("1")
    await at_desk.is_decided(newest, "reject")
    await expect(page.locator(f"#{oldest}")).to_be_focused()
    await page.keyboard.press("a")
    await at_desk.is_decided(oldest, "approve")
    await page.keyboard.press("z")
    await at_desk.is_decided(oldest, "hold")
    await search(page, "green")
    await expect(page.locator(".card")).to_have_count(1)
    await page.keyboard.press("z")  # what another search showed
    await at_desk.is_decided(newest, "hold")


async def test_all_that_is_found_is_decided_in_one_act(at_desk: Desk):
    ids = await at_desk.hold("a purple walrus 1", "a purple walrus 2")
    page = await at_search(at_desk)
    await search(page, "purple walrus")
    await expect(page.locator(".card")).to_have_count(2)
    await page.keyboard.press("Shift+X")
    await page.keyboard.press("Shift+A")
    for comment in ids:
        await at_desk.is_decided(comment, "approve")
    await search(page, "no such words")
    await expect(page.locator(".card")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Take back").click()
    for comment in ids:
        await at_desk.is_decided(comment, "hold")


async def test_what_is_decided_says_so_and_a_viewer_decides_nothing(at_desk: Desk):
    (comment,) = await at_desk.hold("one", author={"id": "u-17"})
    page = await at_search(at_desk)
    await page.goto(f"/item/{comment}")
    await page.keyboard.press("a")
    await at_desk.is_decided(comment, "approve")
    await page.goto("/search")
    await page.locator("select[name=by]").select_option("author")
    await page.locator("input[name=value]").fill("u-17")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card .outcome")).to_have_text("Approved")
    await expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    viewer = await at_search(at_desk, "vera", role="viewer")
    await at_desk.hold("a purple walrus")
    await search(viewer, "walrus")
    await expect(viewer.locator(".card")).to_be_focused()
    await expect(viewer.get_by_role("button", name="Approve")).to_have_count(0)
