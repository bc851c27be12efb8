"""Appeals in a browser: read, decided, taken back, and a colleague who was first."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.kit import Desk
from tests.browser.test_access import LOOKS, check

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "i meant the \u202eweather\u202c <b>only</b>"


async def appealed(at_desk: Desk) -> str:
    """Return a comment that Ada rejected and whose author appealed."""
    (comment,) = await at_desk.hold(
        "you are an idiot", author={"id": "u-1"}, context={"title": "The plan"}
    )
    ada = await at_desk.sign_in("ada")
    await ada.goto(f"/item/{comment}")
    await ada.locator(f"#{comment}").focus()
    await ada.keyboard.press("r")
    await ada.keyboard.press("2")
    await at_desk.is_decided(comment, "reject")
    url = f"{at_desk.url}/v1/comments/{comment}/appeal"
    status, answer = await at_desk.caller.post(url, {"text": WORDS})
    assert (status, answer["appeal"]["status"]) == (200, "open")
    return comment


async def test_an_appeal_is_decided_taken_back_and_decided_again(at_desk: Desk):
    comment = await appealed(at_desk)
    page = await at_desk.sign_in("grace")
    await page.goto("/")
    await page.get_by_role("link", name="Appeals").click()
    card = page.locator(f"#{comment}")
    await expect(card).to_contain_text("<b>only</b>")
    await expect(card.locator(".rejected")).to_contain_text("rejected it")
    await card.get_by_label("Note for colleagues").fill("fair enough")
    await card.get_by_role("button", name="Grant: approve it").click()
    await expect(card.locator(".outcome")).to_have_text("Granted: approved")
    await page.keyboard.press("Enter")  # the focus is on what takes it back
    await expect(card.get_by_role("button", name="Uphold the rejection")).to_be_visible()
    assert (await at_desk.answer(comment))["appeal"]["status"] == "open"
    await card.get_by_role("button", name="Uphold the rejection").click()
    await expect(card.locator(".outcome")).to_have_text("Upheld: it stays rejected")
    assert (await at_desk.answer(comment))["appeal"]["status"] == "upheld"
    await page.reload()
    await expect(page.locator(".end")).to_have_text("No appeal waits for a decision.")


async def test_a_comment_s_page_leads_to_its_appeal_and_offers_nothing_else(at_desk: Desk):
    comment = await appealed(at_desk)
    page = await at_desk.sign_in("grace")
    await page.goto(f"/item/{comment}")
    for name in ("Approve", "Reject", "Escalate"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.keyboard.press("a")
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-state", "reject")
    await check(page)
    await page.get_by_role("link", name="To the appeal").click()
    await expect(page.locator(f"#{comment}.appeal")).to_be_visible()
    assert page.url.endswith(f"/appeals#{comment}")


async def test_a_colleague_s_decision_is_news_and_own_rejections_are_for_others(at_desk: Desk):
    comment = await appealed(at_desk)
    ada = await at_desk.sign_in("ada")
    await ada.goto("/appeals")
    await expect(ada.locator(f"#{comment}")).to_contain_text("another moderator decides")
    await expect(ada.locator(f"#{comment} form")).to_have_count(0)
    first, second = await at_desk.sign_in("grace"), await at_desk.sign_in("guest")
    await first.goto("/appeals")
    await second.goto("/appeals")
    await first.get_by_role("button", name="Grant: approve it").click()
    await expect(second.locator(f"#{comment} .outcome")).to_contain_text("granted its author")
    await expect(second.locator(f"#{comment}").get_by_role("button")).to_have_count(0)
    other = await appealed(at_desk)
    await expect(second.get_by_role("link", name="View new ones")).to_be_visible()
    await second.get_by_role("link", name="View new ones").click()
    await expect(second.locator(f"#{other}")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing(at_desk: Desk, look: dict[str, Any]):
    await appealed(at_desk)
    page = await at_desk.sign_in("grace", **look)
    await page.goto("/appeals")
    await check(page)
    await page.get_by_role("button", name="Uphold the rejection").click()
    await expect(page.locator(".back")).to_be_visible()
    await check(page)
