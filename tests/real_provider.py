"""A provider of single sign-on that others wrote (oidc-provider-mock), as a process on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from moderation.store.server_command import bound
from tests.servers import free_port
from tests.service_kit import until

CLIENT = "moderation"
ROLES = {"readers": "viewer", "moderators": "moderator", "chiefs": "admin"}


def settings(issuer: str, **chosen: Any) -> dict[str, Any]:
    """Return the `review.oidc` of a service that this provider vouches to."""
    return {
        "issuer": issuer,
        "client_id": CLIENT,
        "client_secret": "a secret of the tests",
        "roles": ROLES,
        "label": "News ID",
        **chosen,
    }


@asynccontextmanager
async def real_provider(users: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
    """Run the provider with users (subject → claims); yield its issuer."""
    port = free_port()
    named = [json.dumps({"sub": sub, **claims}) for sub, claims in users.items()]
    given = [part for user in named for part in ("--user-claims", user)]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), *given]
    process = await asyncio.create_subprocess_exec(
        *bound(command), env={**os.environ}, stdout=DEVNULL, stderr=DEVNULL
    )
    issuer = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        assert process.returncode is None
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{issuer}/.well-known/openid-configuration") as response,
            ):
                return response.status == 200
        except aiohttp.ClientError:
            return False

    try:
        await until(answers)
        yield issuer
    finally:
        process.kill()
        await process.wait()


async def consent(place: str, subject: str) -> str:
    """Sign in at the provider as a person would; return where it sends the browser back to."""
    form = {"sub": subject} if subject else {"action": "deny"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(place, data=form, allow_redirects=False) as response,
    ):
        assert response.status == 302, await response.text()
        return response.headers["Location"]
