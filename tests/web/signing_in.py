"""A browser as the sign-in sees it: forms, cookies, and an origin that it cannot choose."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import aiohttp

from moderation.domain.people import Person, Role
from moderation.store.log import SERVICE
from tests.web.kit import Service

PASSWORD = "a fine day in may"
HTML = {"Accept": "text/html,application/xhtml+xml"}


@dataclass
class Page:
    """What came back. `set`: the cookies of the answer."""

    status: int
    headers: Mapping[str, str]
    text: str
    set: SimpleCookie

    @property
    def place(self) -> str:
        return self.headers["Location"]


@dataclass
class Browser:
    """One browser; it follows no redirect, so that each can be seen."""

    service: Service
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Page:
        return await self._send("GET", path, None, HTML | headers)

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | bytes | io.BytesIO,
        origin: str | None = "",
        **headers: str,
    ) -> Page:
        """Send a form. `origin`: empty for the page's own, None for none."""
        sent = dict(HTML)
        if origin is not None:
            sent["Origin"] = origin or self.service.url
        return await self._send("POST", path, fields, sent | headers)

    async def sign_in(self, name: str = "ada", password: str = PASSWORD, **fields: Any) -> Page:
        return await self.post("/login", {"name": name, "password": password, **fields})

    async def _send(self, method: str, path: str, data: Any, headers: Mapping[str, str]) -> Page:
        if isinstance(data, bytes | io.BytesIO):
            headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        async with self.http.request(
            method, self.service.url + path, data=data, headers=headers, allow_redirects=False
        ) as response:
            text = await response.text()
            return Page(response.status, response.headers.copy(), text, response.cookies)

    def cookie(self) -> str:
        """Return the session that this browser has, empty for none."""
        found = {one.key: one.value for one in self.http.cookie_jar}
        return found.get("moderation_session", "")

    async def is_in(self) -> bool:
        """Return whether the page takes this browser for somebody who is signed in."""
        page = await self.get("/settings")
        assert page.status in {200, 303, 401}  # 401: it ended while it was being answered
        return page.status == 200


@asynccontextmanager
async def browser(service: Service) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)  # an address of numbers has cookies too
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(service, http)


async def person(
    service: Service,
    name: str = "ada",
    role: Role = Role.MODERATOR,
    password: str | None = PASSWORD,
) -> Person:
    return await service.context.people.add(name, role, None, password, by=SERVICE)


async def act(one: Browser, path: str, body: str = "{}", **headers: str) -> int:
    """Post as the page's script does and return the status; a header given as "" is left out."""
    signed = await one.service.context.people.sessions.find(one.cookie())
    sent = {
        "Origin": one.service.url,
        "X-CSRF-Token": signed.csrf if signed else "none",
        "Content-Type": "application/json",
        **headers,
    }
    async with one.http.post(
        one.service.url + path, data=body, headers={k: v for k, v in sent.items() if v}
    ) as response:
        return response.status


def sign_ins(service: Service, result: str) -> float:
    value = service.context.metrics.registry.get_sample_value(
        "moderation_login_attempts_total", {"result": result}
    )
    return value or 0.0
