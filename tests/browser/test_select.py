"""Many cards in one act: chosen by key, mouse and touch, decided, taken back, and left in part."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.kit import HOLD_BACK_S, Desk
from tests.browser.test_access import LOOKS, check
from tests.service_kit import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE = "/?order=age"


async def at_queue(desk: Desk, **options: object) -> Page:
    page = await desk.sign_in("ada", **options)
    await page.goto(QUEUE)
    return page


async def batches(desk: Desk, ids: list[str]) -> list[object]:
    return [(await desk.history(comment))[-1].get("batch") for comment in ids]


async def test_chosen_by_keys_decided_in_one_act_and_taken_back_as_one(at_desk: Desk):
    ids = await at_desk.hold(*[f"comment number {number}" for number in range(6)])
    page = await at_queue(at_desk)
    dock, status = page.locator("#dock"), page.locator("#status")
    await expect(dock).to_be_hidden()
    await page.keyboard.press("x")
    await expect(page.locator(f"#{ids[0]}").get_by_role("checkbox")).to_be_checked()
    await expect(page.locator("#count")).to_have_text("1 selected")
    await expect(dock.get_by_role("button", name="Approve 1")).to_be_visible()
    await page.keyboard.press("x")
    await expect(dock).to_be_hidden()
    await page.keyboard.press("j")
    await page.keyboard.press("Shift+X")
    await expect(page.locator("#count")).to_have_text("6 selected")
    await page.keyboard.press("Shift+X")
    await expect(dock).to_be_hidden()
    for key in ("x", "j", "x", "j", "x"):
        await page.keyboard.press(key)
    await page.keyboard.press("Shift+R")
    await expect(page.get_by_role("heading", name="Reject 3: why?")).to_be_focused()
    await page.keyboard.press("1")
    chosen = ids[1:4]
    for comment in chosen:
        await at_desk.is_decided(comment, "reject")
    [batch, *_] = same = await batches(at_desk, chosen)
    assert isinstance(batch, dict)
    assert (batch["size"], same) == (3, [batch] * 3)
    await expect(page.locator(f"#{ids[4]}")).to_be_focused()
    await expect(dock.get_by_role("button", name="Take back")).to_be_visible()
    assert (await at_desk.answer(ids[0]))["decision"] == "hold"
    await page.keyboard.press("a")
    await page.keyboard.press("z")  # the one
    await expect(status).to_have_text("Taken back: it is held again.")
    await page.keyboard.press("z")  # the three
    await expect(status).to_have_text("Taken back: 3 are held again.")
    for comment in ids:
        await at_desk.is_decided(comment, "hold")
        await expect(page.locator(f"#{comment}")).to_have_attribute("data-state", "held")
    await asyncio.sleep(HOLD_BACK_S + 1)
    assert [len(at_desk.heard(comment)) for comment in ids] == [1] * 6
    await page.keyboard.press("z")
    await expect(status).to_have_text("There is nothing to take back.")


async def test_by_mouse_and_by_touch(at_desk: Desk):
    ids = await at_desk.hold("one", "two", "three", "four")
    page = await at_queue(at_desk, has_touch=True)
    places = "[...document.querySelectorAll('.card')].map((card) => card.offsetTop)"
    before = await page.evaluate(places)
    await page.locator(f"#{ids[0]}").get_by_label("Select this comment").click()
    await page.locator(f"#{ids[2]} .pick").tap()
    dock = page.locator("#dock")
    await expect(dock).to_contain_text("2 selected")
    assert await page.evaluate(places) == before
    await dock.get_by_role("button", name="Clear").click()
    await expect(dock).to_be_hidden()
    await expect(page.locator(".pick input:checked")).to_have_count(0)
    for comment in ids[:2]:
        await page.locator(f"#{comment} .pick").tap()
    await dock.get_by_role("button", name="Approve 2").tap()
    for comment in ids[:2]:
        await at_desk.is_decided(comment, "approve")
    await expect(page.locator(f"#{ids[2]}")).to_be_focused()
    await expect(dock).to_contain_text("Approved: 2.")
    await dock.get_by_role("button", name="Take back").tap()
    for comment in ids[:2]:
        await at_desk.is_decided(comment, "hold")
    await expect(dock).to_be_hidden()


async def test_the_reader_stays_where_they_are(at_desk: Desk):
    ids = await at_desk.hold(*[f"comment number {number}. " * 9 for number in range(9)])
    page = await at_queue(at_desk)
    for comment in ids[:5]:
        await page.locator(f"#{comment} .pick input").check()
    last = page.locator(f"#{ids[8]}")
    await last.focus()
    top = "(card) => Math.round(card.getBoundingClientRect().top)"
    before = await last.evaluate(top)
    await page.keyboard.press("Shift+A")
    await expect(last).to_be_focused()
    assert abs(await last.evaluate(top) - before) <= 1
    await at_desk.is_decided(ids[4], "approve")


async def test_what_is_left_is_said_on_its_card(at_desk: Desk):
    first, second, third = await at_desk.hold("one", "two", "three")
    page = await at_desk.sign_in("ada")

    async def silent(route: Route) -> None:
        await route.fulfill(status=204)

    await page.route("**/review/events*", silent)
    await page.goto(QUEUE)
    grace = await at_desk.sign_in("grace")
    await grace.goto(f"/item/{second}")
    await grace.keyboard.press("a")
    await at_desk.is_decided(second, "approve")
    await page.keyboard.press("Shift+X")
    await page.keyboard.press("Shift+A")
    await expect(page.locator("#dock")).to_contain_text(
        "Approved: 2. 1 was left as it is; its card says why."
    )
    card = page.locator(f"#{second}")
    await expect(card.locator(".outcome")).to_contain_text("grace approved it")
    await page.keyboard.press("z")
    await expect(page.locator("#status")).to_have_text("Taken back: 2 are held again.")
    await at_desk.is_decided(third, "hold")
    assert (await at_desk.answer(second))["decision"] == "approve"
    await at_desk.is_decided(first, "hold")


async def test_a_batch_that_is_not_saved_is_open_again(at_desk: Desk):
    ids = await at_desk.hold("one", "two")
    page = await at_queue(at_desk)

    async def broken(route: Route) -> None:
        await route.fetch()  # it is saved, and nobody hears of it
        await route.fulfill(status=500, json={"detail": "something went wrong"})

    await page.route("**/review/bulk", broken)
    await page.keyboard.press("Shift+X")
    await page.keyboard.press("Shift+A")
    for comment in ids:
        card = page.locator(f"#{comment}")
        await expect(card.locator(".message")).to_contain_text(
            "It may not be saved. Something went wrong."
        )
        await expect(card).to_have_attribute("data-state", "held")
    await page.unroute("**/review/bulk")
    await page.keyboard.press("Shift+A")
    for comment in ids:
        await at_desk.is_decided(comment, "approve")


async def test_a_rejection_takes_a_note(at_desk: Desk):
    first, second, third = await at_desk.hold("one", "two", "three")
    page = await at_queue(at_desk)
    field = page.locator("#reasons textarea")
    await page.keyboard.press("r")
    await expect(field).to_be_hidden()
    await page.keyboard.press("n")
    await expect(field).to_be_focused()
    await page.keyboard.type("the 2nd time, <b>again</b>")
    await page.keyboard.press("Enter")
    await page.keyboard.press("2")
    await at_desk.is_decided(first, "reject")
    event = (await at_desk.history(first))[-1]
    assert (event["note"], event["reasons"][0]["label"]) == (
        "the 2nd time, <b>again</b>",
        "harassment",
    )
    await page.keyboard.press("r")
    await expect(field).to_be_hidden()
    await page.keyboard.press("1")
    await at_desk.is_decided(second, "reject")
    assert (await at_desk.history(second))[-1]["note"] is None
    await page.keyboard.press("x")
    await page.keyboard.press("Shift+R")
    await page.get_by_role("button", name="Add a note").click()
    await field.fill("by mouse")
    await page.get_by_role("button", name="Spam").click()
    await at_desk.is_decided(third, "reject")
    assert (await at_desk.history(third))[-1]["note"] == "by mouse"


async def test_a_viewer_chooses_nothing(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page = await at_desk.sign_in("vera", role="viewer")
    await page.goto(QUEUE)
    await expect(page.locator(f"#{comment}")).to_be_focused()
    for key in ("x", "Shift+X", "Shift+A", "Shift+R", "a"):
        await page.keyboard.press(key)
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-state", "held")


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing(at_desk: Desk, look: dict[str, object]):
    await at_desk.hold("one", "two", "three")
    page = await at_queue(at_desk, **look)
    await page.keyboard.press("x")
    await expect(page.locator("#dock")).to_be_visible()
    await check(page)
    await page.keyboard.press("Shift+R")
    await page.keyboard.press("n")
    await check(page)
    await page.keyboard.press("Enter")
    await page.keyboard.press("1")
    await expect(page.locator("#dock")).to_contain_text("Rejected")
    await check(page)

    async def is_settled() -> bool:
        return await page.locator(".card[data-version='3']").count() == 1

    await until(is_settled)
