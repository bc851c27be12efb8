"""The page as moderators have it: the service as a process, Debian's Chromium, a CMS that listens.

One service serves all tests of a run; each test begins with an empty queue. What a browser says
that it should not (the console, a dialog, a request to elsewhere) fails the test that caused it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.program import Caller, Program, calling, program
from tests.receiver import Call, Receiver, receiving
from tests.requirements import require
from tests.service_kit import PATIENCE_S, SECRET, until

HOLD_BACK_S = 2.0
PASSWORD = "correct horse battery"
_ARGUMENTS = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic", "--disable-dev-shm-usage",
)  # fmt: skip
_ENVIRON = {
    "MODERATION_SCORER__SPEC": "python:tests.fakes.mild_scorer:make",
    "MODERATION_REVIEW__HOLD_BACK_S": str(HOLD_BACK_S),
}
_LINK = re.compile(r"https?://\S+/welcome/\S+")
expect.set_options(timeout=PATIENCE_S * 1000)
#: Chromium says so of every answer of 400 and above; the page tells the person instead.
_FAILED = "Failed to load resource"


@dataclass
class Watched:
    """A page, and all that its browser had to say of it."""

    page: Page
    said: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    leaves: bool = False

    def watch(self, own: str) -> None:
        """Listen; `own` is the address that requests may go to. `leaves`: says yes when asked."""
        page = self.page
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

        def requested(request: Any) -> None:
            if not request.url.startswith((own, "data:")):
                self.elsewhere.append(request.url)

        async def asked(dialog: Any) -> None:
            self.dialogs.append(dialog.type)
            await (dialog.accept() if self.leaves else dialog.dismiss())

        page.on("request", requested)
        page.on("dialog", asked)

    def check(self) -> None:
        """Fail for anything that a browser said, loaded or asked."""
        assert [said for said in self.said if _FAILED not in said] == []
        assert self.elsewhere == []
        assert self.dialogs == []


@dataclass
class Desk:
    """A running service, a browser, and a CMS."""

    running: Program
    browser: Browser
    caller: Caller
    receiver: Receiver
    directory: Path
    start: Callable[[], AbstractAsyncContextManager[Program]]
    submitted: list[str] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    @property
    def url(self) -> str:
        """Where the page is."""
        return self.running.api

    async def hold(self, *texts: str, **fields: Any) -> list[str]:
        """Submit comments that are all held, one after the other; return their ids."""
        ids = []
        for text in texts:
            self.count += 1
            body = {"text": text, "external_id": f"comment-{self.count}", **fields}
            url = f"{self.url}/v1/comments"
            status, answer = await self.caller.post(url, body, Prefer="wait=5")
            assert (status, answer["decision"]) == (200, "hold"), answer
            ids.append(answer["id"])
        self.submitted += ids
        return ids

    async def clear(self) -> None:
        """Erase what was submitted, so that the next test begins with an empty queue."""
        for comment in self.submitted:
            async with self.caller.http.delete(f"{self.url}/v1/comments/{comment}") as response:
                assert response.status == 200
        self.submitted.clear()

    async def answer(self, comment: str) -> dict[str, Any]:
        """Return a comment's answer as the CMS would read it."""
        _, body = await self.caller.get(f"{self.url}/v1/comments/{comment}")
        return dict(json.loads(body))

    async def is_decided(self, comment: str, decision: str) -> None:
        """Wait until a comment's decision is this one."""

        async def found() -> bool:
            return bool((await self.answer(comment))["decision"] == decision)

        await until(found)

    async def history(self, comment: str) -> list[dict[str, Any]]:
        """Return a comment's events."""
        _, body = await self.caller.get(f"{self.url}/v1/comments/{comment}/history")
        return list(json.loads(body)["events"])

    def heard(self, comment: str) -> list[Call]:
        """Return the callbacks that came for a comment."""
        return [call for call in self.receiver.heard if call.comment == comment]

    async def command(self, *arguments: str) -> str:
        """Run `moderation …` beside the service and return what it prints."""
        data = [
            "--data",
            str(self.directory / "data"),
            "--config",
            str(self.directory / "moderation.toml"),
        ]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "moderation", *arguments, *data, stdout=PIPE, stderr=PIPE
        )
        out, error = await process.communicate()
        assert process.returncode == 0, error.decode()
        return out.decode()

    async def sign_in(self, name: str, role: str = "moderator", **options: Any) -> Page:
        """Return a page of somebody who is signed in, by a link that is made once for each name."""
        if name not in self.states:
            self.states[name] = await self._welcomed(name, role)
        return await self.open(storage_state=self.states[name], **options)

    async def _welcomed(self, name: str, role: str) -> Any:
        said = await self.command("people", "add", name, "--role", role, "--link")
        found = _LINK.search(said)
        assert found, said
        page = await self.open()
        await page.goto(found[0].replace(found[0].split("/welcome/")[0], self.url))
        for box in await page.locator("input[type=password]").all():
            await box.fill(PASSWORD)
        await page.locator("main button").first.click()
        await page.wait_for_url(f"{self.url}/")
        return await page.context.storage_state()

    async def open(self, **options: Any) -> Page:
        """Return a watched page in a browser context of its own."""
        options = {"viewport": {"width": 1280, "height": 800}, "base_url": self.url, **options}
        context = await self.browser.new_context(**options)
        self.contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        watched = Watched(page)
        watched.watch(self.url)
        self.watched.append(watched)
        return page

    async def end(self) -> None:
        """Close what a test opened, and judge what the browser said of it."""
        for context in self.contexts:
            await context.close()
        watched, self.watched, self.contexts = self.watched, [], []
        await self.clear()
        for one in watched:
            one.check()


def _configured(directory: Path, receiver: Receiver) -> str:
    """Write a site whose callbacks come here; return its key."""
    key = "k" * 32
    (directory / "moderation.toml").write_text(
        f"""
[sites.news]
callback_url = "{receiver.url}"
callback_secrets = ["{SECRET}"]
[[sites.news.api_keys]]
name = "cms"
key = "{key}"
scopes = ["submit", "moderate", "admin"]
"""
    )
    return key


@asynccontextmanager
async def desk(directory: Path, *arguments: str) -> AsyncIterator[Desk]:
    """Run the service and a browser. Skips, or in CI fails, where there is no Chromium.

    `arguments`: of `moderation serve`; `Desk.start` runs the same once more.
    """
    chromium = require("chromium")
    async with receiving() as receiver, async_playwright() as playwright:
        key = _configured(directory, receiver)
        allowed = json.dumps([f"127.0.0.1:{receiver.port}"])
        environ = _ENVIRON | {"MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS": allowed}
        config = ("--config", str(directory / "moderation.toml"))
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        start = partial(program, directory, *config, *arguments, lines=2, **environ)
        async with start() as running, calling(key) as caller:
            yield Desk(running, browser, caller, receiver, directory, start)
        await browser.close()
