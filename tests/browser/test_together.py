"""Several people at once: claims, news, and the one who comes second."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.kit import Desk
from tests.service_kit import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def deaf(page: Page) -> None:
    """Let a page hear nothing of what colleagues do."""

    async def silent(route: Route) -> None:
        await route.fulfill(status=204)

    await page.route("**/review/events*", silent)


async def test_two_people_are_not_shown_the_same_comments(at_desk: Desk):
    ids = await at_desk.hold(*[f"comment number {number}" for number in range(12)])
    ada = await at_desk.sign_in("ada")
    await ada.goto("/?order=age")
    assert await shown(ada) == ids[:10]
    grace = await at_desk.sign_in("grace")
    await grace.goto("/?order=age")
    assert await shown(grace) == ids[10:]
    async with ada.expect_response("**/review/cards*"):
        await ada.reload()
    await grace.reload()
    assert await shown(grace) == ids[10:]
    await ada.goto("about:blank")  # her claims are given back

    async def are_free() -> bool:
        await grace.goto("/?order=age")
        return await shown(grace) == ids[:10]

    await until(are_free)


async def shown(page: Page) -> list[str]:
    return list(
        await page.evaluate("[...document.querySelectorAll('.card')].map((card) => card.id)")
    )


async def test_a_late_decision_is_news_and_the_first_one_stands(at_desk: Desk):
    first, second = await at_desk.hold("one", "two")
    ada, grace = await at_desk.sign_in("ada"), await at_desk.sign_in("grace")
    await deaf(ada)
    await ada.goto("/?order=age")
    await grace.goto(f"/item/{first}")
    await grace.keyboard.press("r")
    await grace.keyboard.press("2")
    await at_desk.is_decided(first, "reject")
    await ada.keyboard.press("a")
    card = ada.locator(f"#{first}")
    await expect(card).to_have_attribute("data-state", "news")
    await expect(card.locator(".outcome")).to_contain_text(
        "grace rejected it (insult or harassment)"
    )
    await expect(card.locator(".outcome")).to_contain_text(re.compile(r"(ago|just now)\."))
    await expect(card.locator(".message")).to_be_hidden()
    await expect(ada.locator(f"#{second}")).to_be_focused()
    assert (await at_desk.answer(first))["decision"] == "reject"
    assert [event["type"] for event in await at_desk.history(first)].count("decided") == 2


async def test_what_a_colleague_decides_is_told_and_moves_nothing(at_desk: Desk):
    first, second = await at_desk.hold("one", "two")
    ada, grace = await at_desk.sign_in("ada"), await at_desk.sign_in("grace")
    async with ada.expect_response("**/review/events*"):
        await ada.goto("/?order=age")
    places = (
        "[...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect().top)"
    )
    before = await ada.evaluate(places)
    await grace.goto(f"/item/{first}")
    await grace.keyboard.press("a")
    card = ada.locator(f"#{first}")
    await expect(card.locator(".outcome")).to_contain_text("grace approved it")
    await expect(card).to_be_focused()
    assert await ada.evaluate(places) == before
    await ada.keyboard.press("r")
    await expect(ada.locator("dialog[open]")).to_have_count(0)
    await expect(ada.locator(f"#{second}")).to_have_attribute("data-state", "held")


async def test_new_comments_wait_until_they_are_asked_for(at_desk: Desk):
    (first,) = await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    async with page.expect_response("**/review/events*"):
        await page.goto("/?order=age")
    (second,) = await at_desk.hold("two")
    button = page.get_by_role("button", name="View 1 new")
    await expect(button).to_be_visible()
    assert await shown(page) == [first]
    await button.click()
    await expect(page.locator(f"#{second}")).to_be_focused()
    await expect(button).to_be_hidden()


async def test_what_one_puts_back_elsewhere_or_a_colleague_decides_is_not_new(at_desk: Desk):
    await at_desk.hold("one")
    page, grace = await at_desk.sign_in("ada"), await at_desk.sign_in("grace")
    async with page.expect_response("**/review/events*"):
        await page.goto("/?order=age")
    second, third = await at_desk.hold("two", "three")
    await expect(page.locator("#new")).to_have_text("View 2 new")
    await grace.goto(f"/item/{second}")
    await grace.keyboard.press("a")
    await expect(page.locator("#new")).to_have_text("View 1 new")
    other = await at_desk.sign_in("ada")
    await other.goto(f"/item/{third}")
    await other.keyboard.press("a")
    await expect(page.locator("#new")).to_be_hidden()
    await other.keyboard.press("z")
    await at_desk.is_decided(third, "hold")
    await grace.keyboard.press("z")
    await expect(page.locator("#new")).to_have_text("View 1 new")


async def test_one_s_own_decision_is_no_news(at_desk: Desk):
    (first,) = await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    async with page.expect_response("**/review/events*"):
        await page.goto("/?order=age")
    await page.keyboard.press("a")
    await at_desk.is_decided(first, "approve")
    await page.keyboard.press("z")
    await at_desk.is_decided(first, "hold")
    card = page.locator(f"#{first}")
    await expect(card).to_have_attribute("data-state", "held")
    await expect(page.locator("#new")).to_be_hidden()
    await page.keyboard.press("a")
    await at_desk.is_decided(first, "approve")


async def test_enter_sends_the_note_and_shift_enter_begins_a_line(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    await page.goto("/?order=age")
    await page.keyboard.press("e")
    await page.keyboard.type("first")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second")
    await expect(page.locator("#note")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("#note")).to_be_hidden()
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-version", "3")
    assert (await at_desk.history(comment))[-1]["note"] == "first\nsecond"


async def test_an_open_comment_s_page_tells_what_a_colleague_does(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    ada, grace = await at_desk.sign_in("ada"), await at_desk.sign_in("grace")
    async with ada.expect_response("**/review/events*"):
        await ada.goto(f"/item/{comment}")
    for key, told in (("a", "grace approved it"), ("z", "grace took their decision back")):
        await grace.goto(f"/item/{comment}") if key == "a" else None
        await grace.keyboard.press(key)
        await expect(ada.locator("#history li p").first).to_contain_text(told)
        await expect(ada.locator(f"#{comment} .outcome")).to_contain_text(told)
    await expect(ada.get_by_role("button", name="Approve")).to_be_hidden()
    await expect(ada.locator(f"#{comment} .message")).to_contain_text("load the page anew")


async def test_who_escalated_takes_that_back_themselves(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    await page.goto("/?order=age")
    await page.keyboard.press("e")
    await page.get_by_role("button", name="Escalate", exact=True).last.click()
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-version", "3")
    await page.keyboard.press("z")
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-version", "4")
    await page.keyboard.press("a")
    await at_desk.is_decided(comment, "approve")


async def test_an_escalated_comment_waits_for_an_administrator(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page = await at_desk.sign_in("ada")
    await page.goto("/?order=age")
    await page.keyboard.press("e")
    await page.get_by_label("What should they know?").fill("Look at <b>this</b>")
    await page.get_by_role("button", name="Escalate", exact=True).last.click()
    await expect(page.locator(f"#{comment} .outcome")).to_have_text("Escalated")

    async def is_gone() -> bool:
        await page.goto("/?order=age")
        return await shown(page) == []

    await until(is_gone)
    grace = await at_desk.sign_in("grace")
    await grace.goto(f"/item/{comment}")
    await grace.keyboard.press("a")
    refused = grace.locator(f"#{comment} .message")
    await expect(refused).to_have_text(
        "Not saved. It was escalated: an administrator decides on it."
    )
    assert (await at_desk.answer(comment))["decision"] == "hold"
    boss = await at_desk.sign_in("hedy", role="admin")
    await boss.goto("/?escalated=1")
    card = boss.locator(f"#{comment}")
    await expect(card.locator(".escalation")).to_have_text("ada escalated it: Look at <b>this</b>")
    await boss.keyboard.press("a")
    await at_desk.is_decided(comment, "approve")
