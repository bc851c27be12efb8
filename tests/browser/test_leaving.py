"""A page that is left, and a service that is: what is shown as done is done, or asked about."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, Response, Route, expect

from tests.browser.kit import Desk, desk
from tests.service_kit import PATIENCE_S, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE = "/?order=age"


async def held_up(page: Page, path: str) -> Callable[[], None]:
    """Let requests to a path wait until the returned function is called."""
    may = asyncio.Event()

    async def wait(route: Route) -> None:
        await may.wait()
        await route.continue_()

    await page.route(path, wait)
    return may.set


async def watched(at_desk: Desk, *, leaves: bool) -> tuple[Page, list[str]]:
    """Return a page that is left or not when somebody is asked, and what was asked."""
    page = await at_desk.sign_in("ada")
    at_desk.watched[-1].leaves = leaves
    return page, at_desk.watched[-1].dialogs


async def test_what_was_only_sent_once_keeps_nobody(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page, asked = await watched(at_desk, leaves=True)
    await page.goto(QUEUE)
    await page.keyboard.press("a")
    await page.goto("/settings")
    await at_desk.is_decided(comment, "approve")
    assert asked == []


async def test_who_leaves_while_something_waits_is_asked_and_it_is_sent_if_they_stay(
    at_desk: Desk,
):
    (comment,) = await at_desk.hold("one")
    page, asked = await watched(at_desk, leaves=False)
    await page.goto(f"/item/{comment}")
    go_on = await held_up(page, "**/review/decide")
    await page.keyboard.press("a")
    await page.keyboard.press("r")
    await page.keyboard.press("1")
    await expect(page.locator(f"#{comment}")).to_have_attribute("data-state", "reject")
    await page.get_by_role("link", name="Settings").click(no_wait_after=True)
    await until(lambda: asked == ["beforeunload"])
    go_on()
    await at_desk.is_decided(comment, "reject")
    assert [event.get("decision") for event in await at_desk.history(comment)][-2:] == [
        "approve",
        "reject",
    ]
    await page.goto("/settings")  # nothing waits any more, so nobody is asked
    assert asked == ["beforeunload"]
    asked.clear()


async def test_what_waits_for_another_try_is_sent_when_the_page_is_left(at_desk: Desk):
    first, second = await at_desk.hold("one", "two")
    page, asked = await watched(at_desk, leaves=True)
    await page.goto(QUEUE)
    sent: list[str] = []

    async def away(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) < 4:
            await route.fulfill(status=503, json={})
        else:
            await route.continue_()

    await page.route("**/review/decide", away)
    await page.keyboard.press("a")
    await until(lambda: len(sent) == 3)  # at once, after 0.4 s, and after 1.5 s more
    await page.get_by_role("link", name="Settings").click()
    await page.wait_for_url("**/settings")
    await at_desk.is_decided(first, "approve")
    assert asked == ["beforeunload"]
    asked.clear()
    assert (await at_desk.answer(second))["decision"] == "hold"


async def test_what_waits_its_turn_is_sent_when_the_page_is_left(at_desk: Desk):
    (comment,) = await at_desk.hold("one")
    page, asked = await watched(at_desk, leaves=True)
    await page.goto(f"/item/{comment}")
    # The service has the first act, and its answer does not come.
    await page.evaluate(
        """() => {
          const real = window.fetch;
          let first = true;
          window.fetch = async (url, options) => {
            const answer = await real(url, options);
            if (String(url).includes("/review/decide") && first) {
              first = false;
              await new Promise(() => {});
            }
            return answer;
          };
        }"""
    )
    await page.keyboard.press("a")
    await at_desk.is_decided(comment, "approve")
    await page.keyboard.press("r")
    await page.keyboard.press("1")
    await page.get_by_role("link", name="Settings").click()
    await page.wait_for_url("**/settings")
    await at_desk.is_decided(comment, "reject")
    assert asked == ["beforeunload"]
    asked.clear()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_restart_of_the_service_leaves_the_page_working(tmp_path: Path):
    port = str(_free_port())
    async with desk(tmp_path, "--port", port) as running:
        first, second, third = await running.hold("one", "two", "three")
        page = await running.sign_in("ada")
        async with page.expect_response("**/review/events*"):
            await page.goto(QUEUE)
        assert await running.running.end(signal.SIGTERM) == 0
        await page.keyboard.press("a")
        await expect(page.locator(f"#{first}")).to_have_attribute("data-state", "approve")
        await expect(page.locator(f"#{second}")).to_be_focused()
        async with (
            page.expect_response(is_following, timeout=PATIENCE_S * 2000) as again,
            running.start() as running.running,
        ):
            assert (await again.value).ok
            await after(running, page, first, second, third)


def is_following(response: Response) -> bool:
    return "/review/events" in response.url and response.ok


async def after(running: Desk, page: Page, first: str, second: str, third: str) -> None:
    """Go on deciding on the page that was open all the time."""
    card = page.locator(f"#{first}")
    # The service may be back before the last try, or after it: then the card is open again.
    settled = page.locator(f"#{first}[data-version='3'], #{first}[data-state=held]")
    await expect(settled).to_be_attached()
    if await card.get_attribute("data-state") == "held":
        await card.get_by_role("button", name="Approve").click()
    await running.is_decided(first, "approve")
    grace = await running.sign_in("grace")
    await grace.goto(f"/item/{second}")
    await grace.keyboard.press("a")
    await expect(page.locator(f"#{second} .outcome")).to_contain_text("grace approved it")
    await page.locator(f"#{third}").focus()
    await page.keyboard.press("a")
    await running.is_decided(third, "approve")
    for comment in (first, second, third):
        assert len(await running.history(comment)) == 3
    running.watched.clear()  # their consoles tell of the time without a service
    await running.end()
