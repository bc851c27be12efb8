"""The queue by keyboard: what a person does with it, and what the service then knows."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.kit import HOLD_BACK_S, Desk
from tests.service_kit import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUDE = "you are an idiot, and the plan is rubbish"
QUEUE = "/?order=age"


async def focused(page: Page) -> str:
    """Return the id of the card that has the focus."""
    return str(await page.evaluate("document.activeElement.closest('.card')?.id ?? ''"))


async def at_queue(desk: Desk, name: str = "ada", **options: object) -> Page:
    page = await desk.sign_in(name, **options)
    await page.goto(QUEUE)
    return page


def card(page: Page, comment: str):
    return page.locator(f"#{comment}")


async def test_the_whole_path_by_keyboard_alone(at_desk: Desk):
    ids = await at_desk.hold(*[f"comment number {number}" for number in range(6)])
    page = await at_queue(at_desk)
    assert await focused(page) == ids[0]
    await page.keyboard.press("a")
    assert await focused(page) == ids[1]
    await page.keyboard.press("r")
    await expect(page.locator("#reasons")).to_be_visible()
    await page.keyboard.press("1")
    assert await focused(page) == ids[2]
    await page.keyboard.press("s")
    assert await focused(page) == ids[3]
    await page.keyboard.press("e")
    await page.keyboard.type("Is this a threat? a j z")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(card(page, ids[4])).to_be_focused()
    await page.keyboard.press("k")
    await page.keyboard.press("j")
    assert await focused(page) == ids[4]
    await page.keyboard.press("a")
    await page.keyboard.press("z")
    assert await focused(page) == ids[4]

    await at_desk.is_decided(ids[0], "approve")
    await at_desk.is_decided(ids[1], "reject")
    await expect(card(page, ids[0]).locator(".outcome")).to_have_text("Approved")
    await expect(card(page, ids[1]).locator(".outcome")).to_have_text(
        "Rejected: spam or advertising"
    )
    await expect(card(page, ids[4])).to_have_attribute("data-state", "held")
    for comment in (ids[2], ids[4], ids[5]):
        await at_desk.is_decided(comment, "hold")

    async def is_escalated() -> bool:
        return (await at_desk.history(ids[3]))[-1]["type"] == "escalated"

    await until(is_escalated)
    event = (await at_desk.history(ids[3]))[-1]
    assert (event["note"], event["actor"]["name"]) == ("Is this a threat? a j z", "ada")
    said = (await at_desk.history(ids[1]))[-1]
    assert (said["actor"]["name"], said["actor"]["via"]) == ("ada", "page")
    assert said["reasons"][0]["label"] == "spam"


async def test_what_raised_the_score_is_marked_and_nothing_is_preselected(at_desk: Desk):
    await at_desk.hold(RUDE, "a fine day")
    page = await at_queue(at_desk)
    first = page.locator(".card").first
    await expect(first.locator(".text mark").first).to_have_text("idiot")
    await expect(first.locator(".legend")).to_contain_text("words that raised the score most")
    await expect(first.locator(".why li").first).to_have_text("Toxicity 0.95; held from 0.50.")
    assert await first.locator(".text").inner_text() == RUDE
    await page.keyboard.press("r")
    assert await page.evaluate("document.activeElement.tagName") == "H2"
    await page.keyboard.press("Escape")
    await expect(first).to_be_focused()
    await expect(first).to_have_attribute("data-state", "held")


async def test_an_undo_before_the_hold_back_ends_sends_nothing(at_desk: Desk):
    kept, taken = await at_desk.hold("the one that stays", "the one that is taken back")
    page = await at_queue(at_desk)
    await page.keyboard.press("a")
    await page.keyboard.press("a")
    await page.keyboard.press("z")
    await expect(page.locator("#status")).to_have_text("Taken back: it is held again.")
    await until(
        lambda: (
            [call.event["data"]["decision"] for call in at_desk.heard(kept)] == ["hold", "approve"]
        )
    )
    await asyncio.sleep(HOLD_BACK_S + 1)
    assert [call.event["data"]["decision"] for call in at_desk.heard(taken)] == ["hold"]
    assert (await at_desk.answer(taken))["decision"] == "hold"
    await expect(card(page, taken)).to_be_focused()


async def test_what_is_decided_anew_before_the_undo_is_answered_stays_decided(at_desk: Desk):
    first, second = await at_desk.hold("one", "two")
    page = await at_queue(at_desk)
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/review/undo", late)
    await page.keyboard.press("a")
    await at_desk.is_decided(first, "approve")
    async with page.expect_response("**/review/undo"):
        await page.keyboard.press("z")
        await expect(card(page, first)).to_be_focused()
        await page.keyboard.press("r")
        await page.keyboard.press("1")
        await expect(card(page, second)).to_be_focused()
        answered.set()
    await at_desk.is_decided(first, "reject")
    await expect(card(page, first)).to_have_attribute("data-state", "reject")
    decided = [event.get("decision") for event in await at_desk.history(first)][1:]
    assert decided == ["hold", "approve", "hold", "reject"]


async def test_a_later_undo_is_told_to_the_site(at_desk: Desk):
    (comment,) = await at_desk.hold("first this, then that")
    page = await at_queue(at_desk)
    await page.keyboard.press("a")
    await until(lambda: len(at_desk.heard(comment)) == 2)
    await page.keyboard.press("z")
    await until(lambda: len(at_desk.heard(comment)) == 3)
    assert [call.event["data"]["decision"] for call in at_desk.heard(comment)] == [
        "hold",
        "approve",
        "hold",
    ]


async def test_what_could_not_be_saved_is_open_again_and_says_so(at_desk: Desk):
    first, second = await at_desk.hold("one", "two")
    page = await at_queue(at_desk)

    async def lost(route: Route) -> None:
        await route.abort()

    await page.route("**/review/decide", lost)
    await page.keyboard.press("a")
    assert await focused(page) == second
    await expect(card(page, first)).to_have_attribute("data-state", "held")
    await expect(card(page, first).locator(".message")).to_contain_text("It may not be saved.")
    assert await focused(page) == second
    assert (await at_desk.answer(first))["decision"] == "hold"
    await page.unroute("**/review/decide")
    await page.keyboard.press("k")
    await page.keyboard.press("a")
    await at_desk.is_decided(first, "approve")


async def test_cards_come_before_they_are_needed(at_desk: Desk):
    ids = await at_desk.hold(*[f"comment number {number}" for number in range(25)])
    page = await at_queue(at_desk)
    await expect(page.locator(".card")).to_have_count(10)
    seen = [await focused(page)]
    for _ in range(24):
        await page.wait_for_function(
            "(id) => document.getElementById(id).nextElementSibling", arg=seen[-1]
        )
        await page.keyboard.press("j")
        seen.append(await focused(page))
    assert seen == ids


async def test_what_was_done_long_ago_leaves_and_comes_back_when_it_is_taken_back(at_desk: Desk):
    ids = await at_desk.hold(*[f"comment number {number} is a fine one" for number in range(75)])
    page = await at_queue(at_desk)
    for comment in ids[:-1]:
        await expect(card(page, comment)).to_be_focused()
        await page.keyboard.press("a")
    await expect(card(page, ids[-1])).to_be_focused()
    assert await page.locator(".card").count() < 70
    await expect(card(page, ids[0])).to_have_count(0)
    for comment in reversed(ids[:-1]):
        await page.keyboard.press("z")
        await expect(card(page, comment)).to_be_focused()
    await expect(card(page, ids[0])).to_be_in_viewport()
    await at_desk.is_decided(ids[0], "hold")
    assert [event.get("undoes") for event in await at_desk.history(ids[0])] == [None, None, None, 3]


async def test_five_cards_fit_a_small_screen(at_desk: Desk):
    await at_desk.hold(
        *[f"{RUDE} {number}. " * 4 for number in range(8)],
        context={
            "title": "The council's plan",
            "section": "Local",
            "parent_text": "What do you think?",
        },
    )
    page = await at_queue(at_desk)
    await expect(page.locator(".legend:visible")).to_have_count(1)
    whole = """[...document.querySelectorAll('.card')]
        .filter((card) => card.getBoundingClientRect().bottom <= innerHeight).length"""
    assert await page.evaluate(whole) >= 5


async def test_empty_lines_fill_no_screen_and_stay_in_the_text(at_desk: Desk):
    first, second = await at_desk.hold("one" + "\n" * 300 + "two", "the next")
    page = await at_queue(at_desk)
    await expect(card(page, first)).to_be_focused()
    tall = "(card) => card.getBoundingClientRect().height"
    assert await card(page, first).evaluate(tall) < 160
    text = card(page, first).locator(".text")
    assert await text.text_content() == "one" + "\n" * 300 + "two"
    assert (
        await text.evaluate(
            "(text) => { getSelection().selectAllChildren(text); return String(getSelection()); }"
        )
        == await text.text_content()
    )
    assert await card(page, second).is_visible()


async def test_a_narrow_window_keeps_every_edge(at_desk: Desk):
    await at_desk.hold("one")
    page = await at_desk.sign_in("boss", "admin", viewport={"width": 320, "height": 640})
    await page.goto("/people")
    sheet = await page.locator(".sheet").bounding_box()
    assert sheet
    assert sheet["x"] >= 8
    assert sheet["x"] + sheet["width"] <= 312
    await page.goto("/bulk")
    picture = page.locator(".scroll").first
    assert await picture.evaluate("(one) => one.scrollWidth === one.clientWidth")
    await page.goto("/")
    await page.keyboard.press("e")
    note = await page.locator("#note").bounding_box()
    assert note
    assert note["x"] >= 8


async def test_keys_can_be_switched_off(at_desk: Desk):
    first, second = await at_desk.hold("one", "two")
    page = await at_queue(at_desk)
    await page.goto("/settings")
    await page.get_by_label("Keys such as").uncheck()
    await expect(page.locator("#status")).to_have_text("Kept.")
    await page.goto(QUEUE)
    await expect(card(page, first)).to_be_focused()
    for key in "ajrsezuc?.":
        await page.keyboard.press(key)
    assert await focused(page) == first
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(card(page, first).locator("kbd").first).to_be_hidden()
    await card(page, first).get_by_role("button", name="Approve").press("Enter")
    await at_desk.is_decided(first, "approve")
    assert await focused(page) == second


async def test_keys_that_mean_something_else_do_nothing(at_desk: Desk):
    (first,) = await at_desk.hold("one")
    page = await at_queue(at_desk)
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Alt+s")
    await page.evaluate(
        """() => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: "a", repeat: true, bubbles: true }))"""
    )
    await page.locator("summary").click()
    await page.locator("input[name=article]").press_sequentially("ase")
    await expect(card(page, first)).to_have_attribute("data-state", "held")


async def test_a_softened_text_is_shown_when_asked_for(at_desk: Desk):
    await at_desk.hold("one", "two")
    page = await at_queue(at_desk, reduced_motion="reduce")
    text = page.locator(".card").first.locator(".text")
    await expect(text).to_have_css("filter", "none")
    await page.keyboard.press(".")
    await expect(text).to_have_css("filter", "blur(6px)")
    await page.keyboard.press("Enter")
    await expect(text).to_have_css("filter", "none")
    await expect(page.locator(".card").nth(1).locator(".text")).to_have_css("filter", "blur(6px)")
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('.card')).transitionDuration")
        == "0s"
    )


async def test_a_viewer_reads_and_decides_nothing(at_desk: Desk):
    (comment,) = await at_desk.hold(RUDE)
    page = await at_queue(at_desk, "vera", role="viewer")
    await expect(card(page, comment)).to_be_focused()
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    for key in "are":
        await page.keyboard.press(key)
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(card(page, comment)).to_have_attribute("data-state", "held")
    mine = await at_queue(at_desk)
    await expect(card(mine, comment)).to_be_focused()


async def test_filters_stand_in_the_address(at_desk: Desk):
    rude, _ = await at_desk.hold(RUDE, "a fine day")
    page = await at_queue(at_desk)
    await page.locator("summary").click()
    await page.get_by_label("Score from").fill("0.9")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".card")).to_have_count(1)
    await expect(card(page, rude)).to_be_focused()
    assert "score_from=0.9" in page.url
    await page.goto("/?reason=links")
    await expect(page.locator(".card")).to_have_count(0)
    await expect(page.locator("#end")).to_have_text("That is all for now.")
