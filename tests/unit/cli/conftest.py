"""Commands run in this process: their settings, their data directory, and logging put back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moderation.cli import main
from moderation.store.embedded import EmbeddedServer

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command without any setting of this machine's environment."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.delenv("REDIS_URL", raising=False)

    def invoke(*arguments: str | Path, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)

    return invoke


@pytest.fixture
def beside(data: Path) -> Iterator[str]:
    """A server that runs in the data directory, as a service's does; yields its URL."""
    server = EmbeddedServer(data)
    with asyncio.Runner() as runner:
        yield runner.run(server.start())
        runner.run(server.stop())
