"""deploy/backup.sh while comments come in, and a fresh server that goes on from the copy."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import tarfile
from pathlib import Path

import redis

from moderation.store.embedded import EmbeddedServer
from tests.deploy.dockerfile import DOCKERFILE
from tests.deploy.parts import sent
from tests.program import Caller, Program, calling, configuration, program
from tests.servers import redis_server

_BACKUP = DOCKERFILE.parent / "deploy/backup.sh"
_BEFORE = 30


def take(data: Path, archive: Path) -> None:
    subprocess.run(["sh", _BACKUP, data, archive], check=True)


def put_back(archive: Path, data: Path) -> None:
    data.mkdir(mode=0o700)
    with tarfile.open(archive) as tar:
        tar.extractall(data, filter="data")


async def keeps_coming(caller: Caller, api: str) -> None:
    """Send comments without an end."""
    number = 0
    while True:
        await sent(caller, api, f"what comes while it is copied, {number}")
        number += 1


async def resent(caller: Caller, running: Program, number: int) -> str:
    """Send one of the first comments, once more or not; return its id."""
    body = {"text": f"you are an idiot, {number}", "external_id": f"comment-{number}"}
    status, answer = await caller.post(f"{running.api}/v1/comments", body)
    assert status in {200, 202}, answer
    return str(answer["id"])


async def test_a_fresh_server_goes_on_from_a_copy_of_a_busy_one(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    archive, restored = tmp_path / "backup.tar", tmp_path / "restored"
    words = ("--config", str(config))
    (tmp_path / "first").mkdir()
    async with calling("k" * 32) as caller:
        with redis_server(tmp_path / "first") as port:
            url = f"redis://127.0.0.1:{port}"
            async with program(tmp_path, "--role", "api", *words, lines=2, REDIS_URL=url) as api:
                ids = [await resent(caller, api, number) for number in range(_BEFORE)]
                coming = asyncio.create_task(keeps_coming(caller, api.api))
                with redis.Redis(port=port) as server:
                    server.bgrewriteaof()  # at the worst moment
                await asyncio.to_thread(take, tmp_path / "first", archive)
                coming.cancel()
                assert await api.end(signal.SIGTERM) == 0
        put_back(archive, restored)
        with redis_server(restored) as port:
            url = f"redis://127.0.0.1:{port}"
            async with program(tmp_path, *words, lines=2, REDIS_URL=url) as running:
                found = [await caller.decided(running.api, one) for one in ids]
                assert {(one["revision"], one["version"]) for one in found} == {(1, 2)}
                assert [await resent(caller, running, n) for n in range(_BEFORE)] == ids
                assert await running.end(signal.SIGTERM) == 0


async def test_an_embedded_server_is_copied_the_same_way(tmp_path: Path) -> None:
    data, archive, restored = tmp_path / "data", tmp_path / "backup.tar", tmp_path / "restored"
    server = EmbeddedServer(data)
    with redis.Redis.from_url(await server.start()) as client:
        client.set("kept", "1")
        await asyncio.to_thread(take, data, archive)
        client.set("after", "1")
    await server.stop()
    put_back(archive, restored)
    again = EmbeddedServer(restored)
    with redis.Redis.from_url(await again.start()) as client:
        assert client.keys() == [b"kept"]
    await again.stop()
    assert archive.stat().st_mode & 0o077 == 0


def test_a_copy_that_lacks_a_file_is_no_backup(tmp_path: Path) -> None:
    files, archive = tmp_path / "data/appendonlydir", tmp_path / "backup.tar"
    files.mkdir(parents=True)
    names = ("appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof")
    lines = [f"file {name} seq 1 type {kind}" for name, kind in zip(names, "bi", strict=True)]
    (files / "appendonly.aof.manifest").write_text("\n".join(lines) + "\n")
    (files / names[0]).write_text("the first of two")
    ended = subprocess.run(
        ["sh", _BACKUP, tmp_path / "data", archive], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert names[1] in ended.stderr
    assert not archive.exists()
