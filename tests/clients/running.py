"""A client's program in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from tests.clients.installing import from_pypi


async def ran(command: list[str], env: Mapping[str, str]) -> Any:
    """Run a client's program and return the JSON that it printed last."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    return json.loads(out.decode().strip().splitlines()[-1])


async def python(requirement: str, program: str, *before: str, **env: str) -> Any:
    """Run a program that knows the client and the standard library, and nothing else."""
    where = await asyncio.to_thread(from_pypi, requirement)
    program = f"import sys; sys.path.append({str(where)!r})\n{program}"
    return await ran([*before, sys.executable, "-I", "-S", "-c", program], env)
