"""The pages beside the queue: one comment, the search, and the way out."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.kit import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_comment_s_page_tells_its_history_and_takes_a_reversal(at_desk: Desk):
    (comment,) = await at_desk.hold("you are an idiot", context={"section": "sport"})
    page = await at_desk.sign_in("ada")
    await page.goto(f"/item/{comment}")
    card = page.locator(f"#{comment}")
    history = page.locator("#history li p:first-of-type")
    await expect(history).to_have_text(["Held by the model", "The comment came in"])
    await card.get_by_role("button", name="Approve").click()
    await at_desk.is_decided(comment, "approve")
    await expect(history.first).to_have_text("ada approved it")
    grace = await at_desk.sign_in("grace")
    await grace.goto(f"/item/{comment}")
    await expect(grace.get_by_role("button", name="Approve")).to_be_hidden()
    await grace.keyboard.press("r")
    await grace.keyboard.press("4")
    await at_desk.is_decided(comment, "reject")
    await expect(grace.locator("#history li p").first).to_have_text(
        "grace rejected it (threat or call to violence)"
    )


async def test_the_drawers_show_what_else_there_is(at_desk: Desk):
    others = {"author": {"id": "u-7"}, "context": {"article_id": "a-7", "title": "The plan"}}
    grace = await at_desk.sign_in("grace")
    first, _ = await at_desk.hold("one of mine", "another of mine", **others)
    await grace.goto(f"/item/{first}")
    await grace.keyboard.press("e")
    await grace.keyboard.type("Is <b>this</b> one of ours?")
    await grace.keyboard.press("Enter")
    await grace.keyboard.press("z")
    await expect(grace.locator("#history")).to_contain_text("it is held again")
    page = await at_desk.sign_in("ada")
    await page.goto("/?order=age")
    await page.keyboard.press("u")
    drawer = page.locator("#drawer")
    await expect(drawer.locator(".notes")).to_contain_text("Is <b>this</b> one of ours? grace,")
    await expect(drawer.locator("dd").first).to_have_text("2")
    await expect(drawer).to_contain_text("another of mine")
    await page.keyboard.press("u")
    await expect(drawer).to_be_hidden()
    await page.keyboard.press("c")
    await expect(drawer).to_contain_text("another of mine")
    await drawer.get_by_role("link", name="What is held on this article").click()
    await expect(page.locator(".card")).to_have_count(2)
    assert "article=a-7" in page.url


async def test_the_conversation_says_what_each_part_of_it_is(at_desk: Desk):
    around = {"article_id": "a-8"}
    (parent,) = await at_desk.hold("the first word", context=around)
    name = (await at_desk.answer(parent))["external_id"]
    reply = {**around, "parent_id": name, "parent_text": "the first word"}
    (one,) = await at_desk.hold("an answer", context=reply)
    await at_desk.hold("another answer", context=reply)
    own = (await at_desk.answer(one))["external_id"]
    await at_desk.hold("the last word", context={**around, "parent_id": own})
    await at_desk.hold("beside it", context=around)
    page = await at_desk.sign_in("ada")
    await page.goto(f"/item/{one}")
    await page.keyboard.press("c")
    content = page.locator("#drawer .content")
    await expect(content.get_by_role("heading")).to_have_text(
        ["What it answers", "Other answers to the same", "Answers to it", "On the same article"]
    )
    await expect(content.locator(".text")).to_have_text(
        ["the first word", "another answer", "the last word", "beside it"]
    )


async def test_a_search_leaves_no_trace_in_the_address(at_desk: Desk):
    first, second = await at_desk.hold("one", "two", author={"id": "u-8"})
    name = (await at_desk.answer(first))["external_id"]
    page = await at_desk.sign_in("ada")
    await page.goto("/")
    await page.keyboard.press("/")
    await page.wait_for_url("**/search")
    for by, value, found in (
        ("comment", second, [second]),
        ("the site's own id", name, [first]),
        ("author", "u-8", [first, second]),
        ("article", "no such article", []),
        ("comment", "nonsense", []),
    ):
        await page.locator("select[name=by]").select_option(by)
        await page.locator("input[name=value]").fill(value)
        async with page.expect_response("**/review/search"):
            await page.keyboard.press("Enter")
        said = f"{len(found)} found." if found else "Nothing was found."
        await expect(page.locator("#status")).to_have_text(said)
        cards = await page.evaluate(
            "[...document.querySelectorAll('.card')].map((card) => card.id)"
        )
        assert sorted(cards) == sorted(found)
        assert page.url.endswith("/search")


async def test_a_text_is_looked_for_without_a_trace_and_shown_marked(at_desk: Desk):
    texts = [f"<img src=x onerror=alert({number})> a purple walrus" for number in range(52)]
    _, second, *_ = await at_desk.hold(*texts)
    await at_desk.hold("a fine day")
    page = await at_desk.sign_in("ada")
    await page.goto("/search")
    before = await page.evaluate("history.length")
    await expect(page.get_by_role("textbox", name="Text")).to_be_focused()
    await page.get_by_role("textbox", name="Text").fill("PURPLE  walrus")
    await page.keyboard.press("Enter")
    await expect(page.locator("#status")).to_have_text("50 found.")
    said = page.locator(".searched")
    await expect(said).to_contain_text("51 of 53 held comments")
    assert await page.locator(".card mark").first.inner_text() == "purple walrus"
    await said.get_by_role("button", name="Go on").press("Enter")
    await expect(page.locator("#status")).to_have_text("52 found.")
    await expect(said).to_have_text("Looked through all 53 held comments.")
    await expect(page.locator(f"#{second}")).to_be_focused()
    assert await page.locator(".card img").count() == 0
    state = await page.evaluate("[history.length, JSON.stringify(history.state)]")
    assert state == [before, "null"]
    assert page.url.endswith("/search")
    await page.get_by_role("textbox", name="Text").fill("<script>alert(1)</script>")
    await page.keyboard.press("Enter")
    await expect(page.locator("#status")).to_have_text("Nothing was found.")
    assert page.url.endswith("/search")


async def test_a_session_that_ended_loses_no_decision_silently(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page = await at_desk.sign_in("leaver")
    await page.goto("/?order=age")
    await at_desk.command("people", "sessions", "revoke", "leaver")
    await page.keyboard.press("a")
    card = page.locator(f"#{comment}")
    await expect(card.locator(".message")).to_contain_text("You are signed out.")
    await expect(card).to_have_attribute("data-state", "held")
    assert (await at_desk.answer(comment))["decision"] == "hold"
    await page.goto("/")
    await expect(page).to_have_url(f"{at_desk.url}/login?next=%2F")


async def test_a_break_is_suggested_to_who_wants_that_and_to_nobody_else(at_desk: Desk):
    page = await at_desk.sign_in("ada")
    await page.clock.install()
    await page.goto("/?order=age")
    status = page.locator("#status")
    await page.clock.run_for("04:00:00")
    await expect(status).to_be_empty()
    await page.goto("/settings")
    choice = page.get_by_label("Remind me of a break")
    await expect(choice).to_have_value("0")
    await choice.select_option("50")
    await expect(status).to_have_text("Kept.")
    await page.goto("/?order=age")
    await page.clock.fast_forward("49:59")
    await expect(status).to_be_empty()
    await page.clock.fast_forward("00:02")
    await expect(status).to_have_text("50 minutes. A good moment for a break.")
    await page.clock.fast_forward("00:10")
    await expect(status).to_be_empty()


async def test_signing_out_ends_the_session(at_desk: Desk):
    page = await at_desk.sign_in("guest")
    await page.goto("/settings")
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/login*")
    await page.goto("/")
    await expect(page).to_have_url(f"{at_desk.url}/login?next=%2F")


async def test_a_page_that_is_not_there_says_so(at_desk: Desk):
    page = await at_desk.sign_in("ada")
    await page.goto(f"/item/c_{'0' * 32}")
    await expect(page.get_by_role("heading", name="No such page")).to_be_visible()
