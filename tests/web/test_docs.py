"""docs/api.md names what there is, and its examples run as they stand."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from moderation.store import api_keys
from moderation.store.log import SERVICE
from moderation.web import problems
from moderation.web.native import ROUTES
from tests.requirements import require
from tests.web.kit import Service, secret

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


async def run(service: Service, *command: str) -> str:
    key = await api_keys.add(service.store, "default", api_keys.SCOPES, "docs", 0, by=SERVICE)
    environ = os.environ | {"API": service.url, "KEY": key, "WEBHOOK_SECRET": secret(1)}
    child = await asyncio.create_subprocess_exec(
        *command, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await child.communicate()
    assert child.returncode == 0, (out + err).decode()
    return out.decode()


def test_each_endpoint_has_its_row():
    rows = re.findall(r"^\| `([A-Z]+) (\S+)` \| (\w+) \| (yes|no) \|", PAGE, re.MULTILINE)
    assert rows == [
        (route.method, route.path, route.scope, "yes" if route.signed else "no") for route in ROUTES
    ]


def test_each_kind_of_problem_has_its_row():
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert {(int(status), kind) for status, kind in rows} == {
        (int(status), kind) for kind, (status, _) in problems.KINDS.items()
    }


async def test_the_signing_example_is_accepted(service: Service):
    (example,) = blocks("python")
    assert await run(service, sys.executable, "-W", "error", "-c", example) == "decided\n"
    found = await service.ask("GET", "/v1/comments", external_id="c-1001")
    assert found.body["decision"] == "approve"


async def test_the_examples_run_in_order(service: Service):
    require("curl")
    script = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo >&2; }\n'
    await run(service, require("bash"), "-c", script + "\n".join(blocks("sh")))
    found = await service.ask("GET", "/v1/comments", external_id="c-1002")
    assert (found.body["status"], found.body["revision"]) == ("erased", 2)
