"""The service's page in a browser: for everybody, in both schemes, and on a narrow window."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.kit import Desk
from tests.browser.test_access import LOOKS, check

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing_on_the_service_page(at_desk: Desk, look: dict[str, Any]):
    await at_desk.hold("you are an idiot", "two")
    page = await at_desk.sign_in("ada", **look)
    await page.goto("/")
    await page.get_by_role("link", name="Service").click()
    await expect(page.get_by_role("heading", name="Service", exact=True)).to_be_visible()
    await check(page)
    for summary in await page.locator("summary").all():
        await summary.press("Enter")
    assert await page.locator("details[open]").count() == await page.locator("table").count() > 3
    await check(page)


async def test_the_service_page_needs_no_more_than_a_narrow_window(at_desk: Desk):
    page = await at_desk.sign_in("ada", viewport={"width": 320, "height": 640})
    await page.goto("/ops")
    widths = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1] == 320
