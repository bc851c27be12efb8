"""Taking decisions out, and reading the reasons for one, in a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.kit import Desk
from tests.browser.test_access import LOOKS, check
from tests.browser.test_appeals import appealed

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_decisions_are_downloaded_without_any_script(at_desk: Desk):
    comment = await appealed(at_desk)
    page = await at_desk.sign_in("grace", java_script_enabled=False)
    await page.goto("/")
    await page.get_by_role("link", name="Export").click()
    await page.get_by_label("From this day on").fill("2020-01-01")
    await page.get_by_label("With statements of reasons").check()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Download").click()
    file = await coming.value
    assert file.suggested_filename == "decisions-news.csv"
    text = await asyncio.to_thread(Path(await file.path()).read_text)
    assert f"{comment}-3" in text
    assert "idiot" not in text


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing(at_desk: Desk, look: dict[str, Any]):
    comment = await appealed(at_desk)
    page = await at_desk.sign_in("grace", **look)
    await page.goto("/export")
    await check(page)
    await page.goto(f"/item/{comment}")
    await page.get_by_role("link", name="Statement of reasons").click()
    await expect(page.get_by_text(f"{comment}-3")).to_be_visible()
    await check(page)
