"""`moderation decisions`: exported from a service's store, beside it or without it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from moderation.store.client import connect
from moderation.store.store import open_store
from tests.contract import store_kit as kit
from tests.unit.cli.conftest import Run


@pytest.fixture
def comment(beside: str) -> str:
    """A comment that a person rejected, in the store of the data directory."""

    async def made() -> str:
        clients = connect(beside)
        store = await open_store(clients, shards=None, secret=None)
        new = kit.comment(store, "=1", site="default")
        (found,) = await kit.decide(store, [new])
        said = kit.says(found, 2, "reject", site="default", reason="hate")
        assert (await kit.resolve(store, said))[0] == "recorded"
        await clients.aclose()
        return found

    return asyncio.run(made())


def test_a_file_has_every_decision(run: Run, data: Path, comment: str, tmp_path: Path) -> None:
    out = tmp_path / "decisions.jsonl"
    arguments = ("decisions", "export", "--site", "default", "--data", data)
    result = run(*arguments, "--format", "jsonl", "--statements", "-o", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{out}: 2 decisions\n"
    held, rejected = map(json.loads, out.read_text().splitlines())
    assert (held["id"], held["statement"]) == (comment, None)
    assert rejected["statement"]["puid"] == f"{comment}-3"
    printed = run(*arguments).stdout_bytes.decode()
    head, *lines = printed.split("\r\n")
    assert head.startswith('"id","external_id",')
    assert lines[0].startswith(f'"{comment}","\'=1","1","2","hold","model",')
    assert lines[-1] == ""
    assert run(*arguments, "--since", "2000-01-01", "--until", "2000-01-31").stdout.count("\n") == 1


def test_what_cannot_be_exported_is_said(run: Run, data: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (["--site", "nowhere"], "no site 'nowhere' is configured"),
        (["--site", "default", "--since", "soon"], "a time is a day"),
        (["--site", "default", "-o", tmp_path / "no" / "file"], "No such file or directory"),
    ):
        result = run("decisions", "export", *arguments, "--data", data)
        assert result.exit_code == 1
        assert message in result.stderr
