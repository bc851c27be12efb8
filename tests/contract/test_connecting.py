"""Each way to a server that is not ours: what is checked, refused, repeated and never shown."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from moderation.store.client import connect
from moderation.store.server_check import UnsafeServerError, check_server
from moderation.store.server_url import UrlError
from tests.contract.store_kit import answer_of
from tests.servers import free_port, redis_sentinel, redis_server

PASSWORD = "p@ss/w:rd?#"
QUOTED = "p%40ss%2Fw%3Ard%3F%23"


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
