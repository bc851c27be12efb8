"""A service that does not answer: that is said soon, and no act is lost or done twice."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.kit import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE = "/?order=age"


def line(page: Page):
    return page.locator(".silence")


async def test_no_answer_is_said_soon_and_until_there_is_one(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    await page.goto(QUEUE)
    away = True

    async def lost(route: Route) -> None:
        if not away:
            await route.continue_()
            return
        await route.fetch()  # it is saved, and nobody hears of it
        await route.abort()

    await page.route("**/review/decide", lost)
    await page.keyboard.press("a")
    await expect(line(page)).to_have_text("The service does not answer. Trying again…")
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-state", "approve")
    away = False
    await expect(line(page)).to_have_text("")
    await expect(line(page)).to_be_hidden()
    await expect(page.locator(f"#{comment} .outcome")).to_have_text("Approved")
    await at_desk.is_decided(comment, "approve")
    decided = [one for one in await at_desk.history(comment) if one["type"] == "decided"]
    assert [one["decision"] for one in decided] == ["hold", "approve"]


async def test_a_refused_stream_says_why(at_desk: Desk):
    await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    refused = {"status": 403, "json": {"detail": "your role does not allow this"}}

    async def refuse(route: Route) -> None:
        await route.fulfill(**refused)

    await page.route("**/review/events*", refuse)
    await page.goto(QUEUE)
    await expect(line(page)).to_have_text(
        "Your role does not allow this. Nothing is heard of colleagues."
    )
    await page.unroute("**/review/events*")
    await expect(line(page)).to_be_hidden()
