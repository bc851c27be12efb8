"""The insights in a browser: for everybody, by keys alone, and down to a draft that is replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.kit import Desk
from tests.browser.test_access import LOOKS, check

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing_in_the_insights(at_desk: Desk, look: dict[str, Any]):
    await at_desk.hold("you are an idiot", "two")
    page = await at_desk.sign_in("ada", **look)
    await page.goto("/?order=age")
    await page.keyboard.press("a")
    await page.goto("/insights?want=share&value=50")
    await check(page)
    for summary in await page.locator("summary").all():
        await summary.press("Enter")
    assert await page.locator("details[open]").count() == await page.locator("table").count() > 5
    await check(page)


async def test_a_threshold_that_is_wished_for_becomes_a_draft_that_is_replayed(
    at_desk: Desk, tmp_path: Path
):
    await at_desk.hold("you are an idiot", "two", "three")
    page = await at_desk.sign_in("ada")
    await page.goto("/")
    await page.get_by_role("link", name="Insights").click()
    await page.get_by_role("combobox", name="Wish").select_option("share")
    await page.get_by_role("spinbutton", name="Wish in percent").fill("50")
    await page.keyboard.press("Enter")
    await expect(page.locator(".advice")).to_contain_text("Hold from 0.")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Make a policy draft").click()
    file = tmp_path / (await coming.value).suggested_filename
    await (await coming.value).save_as(file)
    assert file.name == "default-draft.toml"
    said = await at_desk.command("policy", "replay", str(file), "--site", "news")
    assert "hold" in said
    assert "default on news" in said
