"""The policy editor and the log in a browser: from an insight to a version, by keys alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.kit import Desk
from tests.browser.test_access import LOOKS, check
from tests.service_kit import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAULTY = 'name = "default"\nwhat = 1\n[thresholds]\ntoxicity = 2\n'


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing_in_policies_and_log(at_desk: Desk, look: dict[str, Any]):
    await at_desk.hold("you are an idiot")
    page = await at_desk.sign_in("boss", "admin", **look)
    for path in ("/policies", "/policies/default", "/policies/default/draft", "/log"):
        await page.goto(path)
        await check(page)
    await page.goto("/policies/default/draft")
    text = page.get_by_role("textbox", name="The policy as TOML")
    good = await text.input_value()
    await text.fill(FAULTY)
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.locator("#faults")).to_contain_text("2 faults")
    await check(page)
    await text.fill(good.replace("insult = 0.5", "insult = 0.9\ninsolence = 0.5"))
    await page.get_by_role("button", name="Save and replay").click()
    await expect(page.locator("#replayed")).to_contain_text("would have decided")
    await check(page)
    await page.get_by_role("button", name="Drop the draft").click()
    await expect(page.get_by_role("heading", name="Versions")).to_be_visible()


async def test_a_wished_threshold_becomes_a_version_by_keys_alone(at_desk: Desk):
    comments = await at_desk.hold("you are an idiot", "two", "three")
    page = await at_desk.sign_in("boss", "admin")
    await page.goto("/insights?want=share&value=50")
    await page.get_by_role("button", name="Make a policy draft").press("Enter")
    await expect(page.get_by_role("heading", name="Draft of default")).to_be_visible()
    text = page.get_by_role("textbox", name="The policy as TOML")
    await text.focus()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text('name = "default"\n[thresholds]\ntoxicity = 1.0\n')
    await page.get_by_role("button", name="Save and replay").press("Enter")
    replayed = page.locator("#replayed")
    await expect(replayed.get_by_role("row", name="hold approve (changes)")).to_be_visible()
    await expect(replayed.get_by_role("link", name=comments[0])).to_be_visible()
    await expect(page.get_by_role("checkbox", name="without a replay")).to_be_hidden()
    added = page.get_by_role("list", name="What the draft changes").locator(".added")
    await expect(added.filter(has_text="toxicity = 1.0")).to_have_text("addedtoxicity = 1.0")
    await page.get_by_role("textbox", name="Note, for the log").fill("a quiet week")
    await page.get_by_role("button", name="Apply as version").press("Enter")
    await expect(page.get_by_role("heading", name="Policy default")).to_be_visible()
    await expect(page.locator("tr", has_text="in force")).to_contain_text("a quiet week")
    await page.get_by_role("link", name="Log").click()
    await expect(page.locator(".told li").first).to_contain_text("boss put version")
    # And back again, so that later tests find what they know.
    await page.goto("/policies/default")
    await page.get_by_role("button", name="Draft from version 1", exact=True).click()
    await page.get_by_role("checkbox", name="without a replay").check()
    await page.get_by_role("button", name="Apply as version").click()
    await expect(page.locator("tr", has_text="in force")).to_contain_text("without a replay")

    async def is_seen() -> bool:  # workers read it anew within two seconds
        said = {"text": "you are an idiot"}
        _, answer = await at_desk.caller.post(f"{at_desk.url}/v1/comments", said, Prefer="wait=5")
        at_desk.submitted.append(answer["id"])
        return bool(answer["decision"] == "hold")

    await until(is_seen)


async def test_who_leaves_what_they_typed_is_asked(at_desk: Desk):
    page = await at_desk.sign_in("boss", "admin")
    watched = at_desk.watched[-1]
    await page.goto("/policies/default/draft")
    text = page.get_by_role("textbox", name="The policy as TOML")
    await text.focus()
    await page.keyboard.type("# a thought")
    await page.get_by_role("link", name="Log").click(no_wait_after=True)
    await until(lambda: watched.dialogs == ["beforeunload"])
    assert page.url.endswith("/policies/default/draft")
    watched.dialogs.clear()
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.get_by_role("button", name="Drop the draft")).to_be_visible()
    await page.get_by_role("link", name="Log").click()
    await page.wait_for_url("**/log")
    await page.goto("/policies/default/draft")
    await page.get_by_role("button", name="Drop the draft").click()
    await expect(page.get_by_role("link", name="Make a draft")).to_be_visible()


async def test_the_editor_works_without_a_script(at_desk: Desk):
    await at_desk.hold("you are an idiot")
    page = await at_desk.sign_in("boss", "admin", java_script_enabled=False)
    await page.goto("/policies/default/draft")
    await page.get_by_role("button", name="Save and replay").click()
    await expect(page.locator("#replayed")).to_be_visible()
    for _ in range(50):
        if await page.locator("#replayed[data-state=running]").count() == 0:
            break
        await page.get_by_role("link", name="Look again").click()
    await page.goto("/policies/default/draft")
    await expect(page.locator("#replayed")).to_contain_text("What this draft would have decided")
    await page.get_by_role("button", name="Drop the draft").click()
    await expect(page.get_by_role("link", name="Make a draft")).to_be_visible()
