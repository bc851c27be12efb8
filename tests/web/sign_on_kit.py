"""A service that a provider of our own vouches to, and a browser before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from moderation.store import people
from tests.fakes.own_provider import OwnProvider
from tests.real_provider import settings
from tests.web.kit import serving
from tests.web.signing_in import Browser, Page, browser, sign_ins


@asynccontextmanager
async def before(
    url: str, issuer: str, review: Mapping[str, Any] | None = None, **chosen: Any
) -> AsyncIterator[Browser]:
    """Run a service with these settings of single sign-on; yield a browser before it."""
    given = {"oidc": settings(issuer, **chosen), **(review or {})}
    async with serving(url, works=False, review=given) as service, browser(service) as one:
        yield one


async def sign_on(one: Browser, provider: OwnProvider, **said: str) -> Page:
    """Go to the provider and come back; `said` replaces parts of what is brought back."""
    begun = await one.get("/login/oidc")
    assert begun.status == 303, begun.text
    return await one.get(provider.consent(begun.place, **said))


async def refused(one: Browser, page: Page, why: str) -> None:
    """Check that it is a plain page, counted by why, and that nobody came of it."""
    assert page.status == (503 if why == "down" else 403)
    assert 'name="password"' in page.text
    assert not await one.is_in()
    assert await people.listed(one.service.store) == []
    assert sign_ins(one.service, f"sign_on_{why}") == 1
