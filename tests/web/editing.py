"""The policy editor as a browser has it: its form's hidden fields, and what is sent with them."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from moderation.domain.people import Role
from tests.web.kit import Service
from tests.web.signing_in import Browser, Page, browser, person

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_TEXT = re.compile(r"<textarea [^>]*>\n(.*?)</textarea>", re.DOTALL)


@dataclass
class Editor:
    """Somebody at the editor of the policy `default`. `page`: what it shows."""

    browser: Browser
    page: Page

    async def open(self) -> Page:
        self.page = await self.browser.get("/policies/default/draft")
        return self.page

    @property
    def source(self) -> str:
        """The text in the editor."""
        found = _TEXT.search(self.page.text)
        assert found
        return html.unescape(found[1])

    @property
    def hidden(self) -> dict[str, str]:
        form = self.page.text[self.page.text.index("<form ") :]
        return dict(_HIDDEN.findall(form))

    async def send(self, what: str = "draft", source: str | None = None, **fields: str) -> Page:
        """Press a button; what comes back is what the editor shows, where it is the editor."""
        said = {**self.hidden, "source": source if source is not None else self.source, **fields}
        page = await self.browser.post(f"/policies/default/{what}", said)
        if page.status == 303 and "/draft" in page.place:
            await self.open()
        elif page.status != 303:
            self.page = page
        return page


@asynccontextmanager
async def at_editor(service: Service, name: str = "ada") -> AsyncIterator[Editor]:
    """Open the editor as an admin, whose account is made where it is not there."""
    if name not in [one.person.name for one in await service.context.people.listed()]:
        await person(service, name, Role.ADMIN)
    async with browser(service) as one:
        await one.sign_in(name)
        editor = Editor(one, await one.get("/policies/default/draft"))
        assert editor.page.status == 200, editor.page.text
        yield editor


def stricter(source: str, at: float = 0.2) -> str:
    """Return a policy's TOML with another threshold of toxicity."""
    changed = re.sub(r"(?m)^toxicity = .*$", f"toxicity = {at}", source)
    assert changed != source
    return changed
