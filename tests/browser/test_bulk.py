"""A band of scores on its page: looked at, decided as it was seen, and taken back."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.kit import HOLD_BACK_S, Desk
from tests.browser.test_access import LOOKS, check

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUDE = "you are an idiot, and the plan is rubbish"


async def at_bulk(desk: Desk, **options: object) -> Page:
    page = await desk.sign_in("ada", **options)
    await page.goto("/")
    await page.get_by_role("link", name="By score").click()
    await page.wait_for_url("**/bulk")
    return page


async def preview(page: Page, low: str, high: str) -> None:
    """Ask for a band, by keyboard alone."""
    await page.get_by_label("Scores from").fill(low)
    await page.get_by_label("to below").fill(high)
    await page.keyboard.press("Enter")
    await expect(page.locator("#band-title")).to_be_focused()


async def test_a_band_is_decided_as_it_was_seen_and_taken_back(at_desk: Desk):
    rude = await at_desk.hold(*[f"{RUDE} {number}" for number in range(12)])
    (mild,) = await at_desk.hold("a fine day")
    page = await at_bulk(at_desk)
    await preview(page, "0.9", "1")
    await expect(page.locator("#band-title")).to_have_text(
        "12 are held with a score from 0.9 to 1."
    )
    await expect(page.locator(".card")).to_have_count(10)
    (late,) = await at_desk.hold(f"{RUDE} late")
    await page.get_by_role("button", name="Reject all 12").press("Enter")
    await page.keyboard.press("n")
    await page.keyboard.type("one bot")
    await page.keyboard.press("Enter")
    await page.keyboard.press("1")
    told = page.locator("[data-told]")
    await expect(told).to_have_text("Rejected (spam or advertising): 12.")
    await expect(told).to_be_focused()
    for comment in rude:
        event = (await at_desk.history(comment))[-1]
        assert (event["decision"], event["note"]) == ("reject", "one bot")
        assert event["batch"]["size"] == 12
    for comment in (mild, late):
        assert (await at_desk.answer(comment))["decision"] == "hold"
    await page.get_by_role("button", name="Take back").click()
    await expect(told).to_have_text("Taken back: 12 of 12.")
    for comment in rude:
        await at_desk.is_decided(comment, "hold")
    await asyncio.sleep(HOLD_BACK_S + 1)
    assert {len(at_desk.heard(comment)) for comment in rude} == {1}


async def test_what_is_left_is_named_and_keys_decide_no_card(at_desk: Desk):
    first, second = await at_desk.hold(f"{RUDE} 1", f"{RUDE} 2")
    page = await at_bulk(at_desk)
    await preview(page, "0.9", "1")
    other = await at_desk.sign_in("ada")
    await other.goto(f"/item/{first}")
    await other.keyboard.press("a")
    await at_desk.is_decided(first, "approve")
    await page.keyboard.press("j")
    for key in ("a", "s", "e", "r", "x", "Shift+A"):
        await page.keyboard.press(key)
    await expect(page.locator("dialog[open]")).to_have_count(0)
    assert (await at_desk.answer(second))["decision"] == "hold"
    await page.keyboard.press("u")
    await expect(page.locator("#drawer")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Approve all 2").click()
    await expect(page.locator("[data-told]")).to_have_text("Approved: 1. 1 was left as it is:")
    await expect(page.locator(".refused li")).to_contain_text("ada approved it")
    await at_desk.is_decided(second, "approve")
    await page.keyboard.press("z")
    await at_desk.is_decided(second, "hold")
    await expect(page.locator("[data-told]")).to_have_text("Taken back: 1 of 1.")


async def test_the_scores_follow_what_is_decided(at_desk: Desk):
    first, _ = await at_desk.hold(f"{RUDE} 1", f"{RUDE} 2")
    page = await at_desk.sign_in("ada")
    async with page.expect_response("**/review/events*"):
        await page.goto("/bulk")
    await page.locator("summary").click()
    count = page.locator("#by-score td")
    await expect(count).to_have_text("2")
    await page.get_by_label("Scores from").focus()
    grace = await at_desk.sign_in("grace")
    await grace.goto(f"/item/{first}")
    await grace.keyboard.press("a")
    await expect(count).to_have_text("1")
    await expect(count).to_be_visible()


async def test_a_band_that_could_not_be_saved_can_be_tried_again(at_desk: Desk):
    (comment,) = await at_desk.hold(RUDE)
    page = await at_bulk(at_desk)
    await preview(page, "0.9", "1")

    async def half(route: Route) -> None:  # it is saved, and nobody hears of it
        await route.fetch()
        await route.fulfill(status=500, json={})

    await page.route("**/review/bulk", half)
    await page.get_by_role("button", name="Approve 1").click()
    await expect(page.locator("[data-told]")).to_contain_text("Some may be saved.")
    await expect(page.get_by_role("button", name="Reject 1")).to_be_hidden()
    await page.unroute("**/review/bulk")
    await page.get_by_role("button", name="Approve 1").click()
    await at_desk.is_decided(comment, "approve")


async def test_texts_are_softened_where_that_is_preferred(at_desk: Desk):
    await at_desk.hold(RUDE)
    page = await at_bulk(at_desk)
    await page.keyboard.press(".")
    await preview(page, "0.9", "1")
    text = page.locator(".card .text")
    await expect(text).to_have_css("filter", "blur(6px)")
    await page.get_by_role("button", name="Show the text").click()
    await expect(text).to_have_css("filter", "none")


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing(at_desk: Desk, look: dict[str, object]):
    await at_desk.hold(RUDE, "a fine day")
    page = await at_bulk(at_desk, **look)
    await page.locator("summary").click()
    await check(page)
    await preview(page, "0", "1")
    await check(page)
    await page.get_by_role("button", name="Reject all 2").click()
    await check(page)
    await page.keyboard.press("1")
    await expect(page.get_by_role("button", name="Take back")).to_be_visible()
    await check(page)
