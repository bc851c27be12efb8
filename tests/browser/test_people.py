"""People in a browser: by the provider's page and back, and an administrator's page of accounts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.kit import PASSWORD, Desk
from tests.browser.test_access import LOOKS, check
from tests.program import program
from tests.real_provider import real_provider, settings
from tests.service_kit import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

USERS = {"ada": {"name": "Ada L.", "groups": ["chiefs"]}, "nil": {"groups": ["chess"]}}


async def test_signing_in_by_the_provider_s_page_and_back(at_desk: Desk, tmp_path: Path):
    async with real_provider(USERS) as issuer:
        given = {"MODERATION_REVIEW__OIDC": json.dumps(settings(issuer))}
        async with program(tmp_path, lines=2, **given) as running:
            page = await at_desk.open(base_url=running.api)
            watched = at_desk.watched.pop()
            await page.goto("/insights")
            await check(page)
            await page.get_by_role("link", name="News ID").press("Enter")
            await expect(page).to_have_url(re.compile(re.escape(issuer)))
            await page.get_by_role("button", name="nil").click()
            await expect(page.get_by_role("alert")).to_contain_text("in no group that may come in")
            await check(page)
            await page.goto("/insights")
            await page.get_by_role("link", name="News ID").click()
            await page.get_by_role("button", name="ada").click()
            await expect(page).to_have_url(f"{running.api}/insights")
            await expect(page.get_by_role("heading", name="Insights")).to_be_visible()
            await page.goto("/settings")
            await expect(page.get_by_text("Signed in as Ada L., admin.")).to_be_visible()
            await expect(page.get_by_role("heading", name="Your password")).to_have_count(0)
            await page.goto("/people")
            row = page.get_by_role("row", name="Ada L. (you)")
            await expect(row).to_contain_text("single sign-on")
            await row.get_by_role("link").click()
            await expect(page.get_by_text("The groups of single sign-on say")).to_be_visible()
            await page.get_by_role("button", name="Sign them out everywhere").click()
            await expect(page).to_have_url(re.compile(re.escape(f"{running.api}/login")))
        log = "".join(running.logged)
        assert "signed in" in log
        assert not any(secret in log for secret in ("code=", "state=", "return?", "Ada L."))
    assert [said for said in watched.said if "Failed to load resource" not in said] == []
    assert watched.dialogs == []


async def make(page: Page, name: str, role: str = "viewer") -> str:
    """Make an account by the keyboard alone; return the link that is shown."""
    await page.goto("/people")
    await page.get_by_label("Name").focus()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(role)
    await page.keyboard.press("Tab")
    if await page.get_by_label("Sites").count():
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    link = page.get_by_label("Link")
    await expect(link).to_be_focused()

    async def is_selected() -> bool:  # so that one key copies all of it
        return bool(await link.evaluate("(one) => one.selectionEnd === one.value.length"))

    await until(is_selected)
    return await link.input_value()


async def test_an_account_s_life_on_the_page(at_desk: Desk):
    admin = await at_desk.sign_in("chief", "admin")
    link = await make(admin, "Newcomer")
    newcomer = await at_desk.open()
    await newcomer.goto(link.replace(link.split("/welcome/")[0], at_desk.url))
    await check(newcomer)
    for box in await newcomer.locator("input[type=password]").all():
        await box.fill(PASSWORD)
    await newcomer.keyboard.press("Enter")
    await expect(newcomer).to_have_url(f"{at_desk.url}/")
    await expect(newcomer.get_by_role("link", name="People")).to_have_count(0)
    await admin.goto("/people")
    await admin.get_by_role("link", name="Newcomer").click()
    await expect(admin.get_by_label("Link")).to_have_count(0)
    await admin.get_by_label("Role").select_option("moderator")
    await admin.get_by_role("button", name="Change the role").press("Enter")
    await expect(admin.locator("dd").first).to_have_text("moderator")
    await newcomer.goto("/settings")
    await expect(newcomer.get_by_text("Signed in as Newcomer, moderator.")).to_be_visible()
    await newcomer.get_by_label("Password that you have").fill(PASSWORD)
    await newcomer.get_by_label("New one").fill(f"{PASSWORD} 2")
    await newcomer.get_by_label("The same again").fill(f"{PASSWORD} 2")
    await newcomer.keyboard.press("Enter")
    await expect(newcomer.get_by_text("Your password is changed.")).to_be_visible()
    await admin.get_by_role("button", name="Disable the account").press("Enter")
    await expect(admin.get_by_role("button", name="Enable the account")).to_be_visible()
    await newcomer.goto("/")
    await expect(newcomer).to_have_url(f"{at_desk.url}/login?next=%2F")


async def test_a_link_is_copied_by_a_button_or_selected(at_desk: Desk):
    admin = await at_desk.sign_in("chief", "admin")
    await admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = await make(admin, "Copied")
    await admin.get_by_role("button", name="Copy the link").press("Enter")
    await expect(admin.locator("#status")).to_have_text("Copied.")
    assert await admin.evaluate("navigator.clipboard.readText()") == link
    refusing = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"
    await admin.evaluate(refusing)
    await admin.get_by_role("button", name="Copy the link").press("Enter")
    await expect(admin.locator("#status")).to_contain_text("it is selected")
    await expect(admin.get_by_label("Link")).to_be_focused()


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "light-400", "dark-400"])
async def test_axe_finds_nothing_on_the_pages_of_people(at_desk: Desk, look: dict[str, object]):
    page = await at_desk.sign_in("chief", "admin", **look)
    await page.goto("/people")
    await check(page)
    await page.get_by_role("row", name="chief (you)").get_by_role("link").click()
    await check(page)
    await page.get_by_role("button", name="Make a one-time link").click()
    link = await page.get_by_label("Link").input_value()
    await check(page)
    await page.goto("/people")
    await page.get_by_label("Name").fill("CHIEF")
    await page.get_by_role("button", name="Make the account").click()
    await expect(page.get_by_role("alert")).to_have_text("Somebody has this name already.")
    await check(page)
    stranger = await at_desk.open(**look)
    await stranger.goto(link.replace(link.split("/welcome/")[0], at_desk.url))
    await check(stranger)
    await stranger.goto(f"/welcome/p_{'0' * 16}.{'x' * 43}")
    await check(stranger)
