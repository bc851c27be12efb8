"""`moderation doctor`, on real servers that are set as they should be and as they should not."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from moderation.services.doctor import examined
from moderation.services.findings import Finding, Level, of_server, optional
from moderation.store.client import connect
from moderation.store.examination import Node, commands, examine
from moderation.store.store import open_store
from tests import service_kit
from tests.contract.whole_story import everything_happens
from tests.servers import free_port, redis_sentinel, redis_server

#: How redis-py's functions are called whose command is not their name.
_COMMANDS = {
    "delete": "DEL",
    "xgroup_create": "XGROUP|CREATE",
    "xinfo_groups": "XINFO|GROUPS",
    "xpending_range": "XPENDING",
}
_NO_COMMANDS = {"aclose", "execute", "execute_command", "get_primaries", "initialize", "pipeline"}


async def looked(url: str | None, **changes: Any) -> dict[str, list[Finding]]:
    """Return what was found, by check."""
    settings = service_kit.settings({key.replace("__", "."): it for key, it in changes.items()})
    found: dict[str, list[Finding]] = {}
    async for finding in examined(settings, url):
        found.setdefault(finding.check, []).append(finding)
    return found


async def server_findings(url: str, **changes: Any) -> dict[str, list[Finding]]:
    """Return what was found at the server, without a scorer."""
    return await looked(url, **{"scorer__spec": "python:tests.fakes.mild_scorer:make", **changes})


@asynccontextmanager
async def nodes(url: str, wanted: frozenset[str]) -> AsyncIterator[list[Node]]:
    clients = connect(url)
    yield await examine(clients.commands, wanted)
    await clients.aclose()


async def test_an_embedded_server_is_found_in_order(embedded_url: str) -> None:
    found = await server_findings(embedded_url)
    assert {one.level for each in found.values() for one in each} == {Level.OK}
    assert found["server"][0].found.startswith("Valkey")
    assert "empty" in found["store"][0].found
    assert found["model"][0].found.startswith("mild 1, ")
    assert set(found) == {
        "policies", "server", "memory", "persistence", "replicas", "rights", "server log", "clock",
        "store", "model", "callbacks",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "check", "level", "said"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "server", Level.FAIL, "maxmemory-policy"),
        ({"replicaof": "127.0.0.1 1"}, "server", Level.FAIL, "it is a replica"),
        ({"appendonly": "no"}, "persistence", Level.FAIL, "append-only file is off"),
        ({"appendfsync": "everysec"}, "persistence", Level.WARN, "appendfsync everysec"),
        (
            {"appendfsync": "always", "no_appendfsync_on_rewrite": "yes"},
            "persistence", Level.WARN, "while the file is rewritten",
        ),
        ({"slowlog_log_slower_than": "10000"}, "server log", Level.WARN, "10000 µs"),
        ({"maxmemory": "700000"}, "memory", Level.FAIL, "MiB used of 1"),
    ],
)  # fmt: skip
async def test_a_wrong_setting_is_found_and_the_remedy_is_said(
    tmp_path: Path, options: dict[str, str], check: str, level: Level, said: str
) -> None:
    right = {"appendfsync": "always", "slowlog_log_slower_than": "-1"}
    with redis_server(tmp_path, **(right | options)) as port:
        found = await server_findings(f"redis://127.0.0.1:{port}")
    (finding,) = found[check]
    assert (finding.level, said in finding.found) == (level, True), finding
    assert finding.remedy
    others = {one.level for name, each in found.items() if name != check for one in each}
    assert others == {Level.OK}


async def test_what_is_allowed_or_said_of_durability_is_no_fault(tmp_path: Path) -> None:
    with redis_server(tmp_path, appendonly="no") as port:
        found = await server_findings(f"redis://127.0.0.1:{port}", store__allow_unsafe_server=True)
        assert found["persistence"][0].level is Level.WARN
        redis.Redis(port=port).config_set("appendonly", "yes")
        found = await server_findings(f"redis://127.0.0.1:{port}", store__durability="everysec")
    assert found["persistence"][0].level is Level.OK


async def test_replicated_needs_a_replica(tmp_path: Path) -> None:
    first, second = tmp_path / "primary", tmp_path / "replica"
    first.mkdir()
    second.mkdir()
    with redis_server(first, repl_diskless_sync_delay="0") as primary:
        url = f"redis://127.0.0.1:{primary}"
        alone = await server_findings(url, store__durability="replicated")
        assert alone["replicas"][0].level is Level.FAIL
        with redis_server(second, appendonly="no", replicaof=f"127.0.0.1 {primary}"):
            client = redis.Redis(port=primary, decode_responses=True)
            await service_kit.until(lambda: _is_online(client))
            unguarded = await server_findings(url, store__durability="replicated")
            client.config_set("min-replicas-to-write", "1")
            both = await server_findings(url, store__durability="replicated")
    assert unguarded["replicas"][0].level is Level.WARN
    assert "min-replicas-to-write 1" in unguarded["replicas"][0].remedy
    assert (both["replicas"][0].level, both["replicas"][0].found) == (Level.OK, "1 connected")


async def test_the_primary_that_a_sentinel_names_is_looked_at(tmp_path: Path) -> None:
    """A secret password; a Sentinel of several that is away; and one that knows no such name."""
    right = {"appendfsync": "always", "slowlog_log_slower_than": "-1", "requirepass": "s3cret"}
    with (
        redis_server(tmp_path, **right) as primary,
        redis_sentinel(tmp_path, primary=primary, password="s3cret") as sentinel,
    ):
        url = f"redis+sentinel://:s3cret@127.0.0.1:{free_port()},127.0.0.1:{sentinel}"
        found = await server_findings(f"{url}/mine")
        (guard,) = found.pop("replicas")
        assert {one.level for each in found.values() for one in each} == {Level.OK}
        assert guard.level is Level.WARN
        assert guard.remedy.startswith("CONFIG SET min-replicas-to-write 1")
        with redis.Redis(port=primary, password="s3cret") as client:
            client.config_set("appendfsync", "everysec")
        assert (await server_findings(f"{url}/mine"))["persistence"][0].level is Level.WARN
        other = await server_findings(f"{url}/another")
        refused = await server_findings(f"{url}/mine".replace("s3cret", "wrong"))
    assert other["redis"][0].level is Level.FAIL
    assert "of this name" in other["redis"][0].found
    assert (refused["redis"][0].level, "refused" in refused["redis"][0].found) == (Level.FAIL, True)
    assert "s3cret" not in str([found, other, refused])


async def _is_online(client: redis.Redis) -> bool:
    return bool(client.info("replication").get("slave0", {}).get("state") == "online")


async def test_the_user_that_it_asks_for_can_do_everything(server_url: str) -> None:
    """The remedy that is printed makes a user of next to nothing one that serves."""
    is_cluster = server_url.startswith("redis+cluster")
    hosts = server_url.removeprefix("redis+cluster://").removeprefix("redis://").split(",")
    many = not server_url.startswith("unix")
    urls = [f"redis://{host}" for host in hosts] if many else [server_url]
    admins = [redis.Redis.from_url(url, decode_responses=True) for url in urls]
    for admin in admins:
        admin.execute_command(
            "ACL SETUSER low on >x +eval +info +hgetall +time +hello +cluster +command"
        )
    low = server_url.replace("//", "//low:x@", 1)
    try:
        refused = (await server_findings(low))["rights"]
        assert {one.level for one in refused} == {Level.FAIL}
        granted = refused[0].remedy.removeprefix("ACL SETUSER … ")
        for admin in admins:
            admin.execute_command(f"ACL SETUSER low {granted}")
        assert (await server_findings(low))["rights"][0].level is Level.OK
        clients = connect(low)
        store = await open_store(clients, shards=None, secret=None)
        assert clients.is_cluster is is_cluster
        await everything_happens(store)
        await clients.aclose()
    finally:
        for admin in admins:
            admin.acl_deluser("low")
            admin.close()


def test_no_command_that_is_sent_is_forgotten() -> None:
    """What the store's code calls beside its scripts is in the list of what is needed."""
    package = Path(examine.__code__.co_filename).parent
    sent = re.compile(r"\b(?:redis|client|commands|blocking|pipeline)\.(\w+)\(")
    calls = {
        name
        for file in package.glob("*.py")
        if file.name != "embedded.py"
        for name in sent.findall(file.read_text())
    } - _NO_COMMANDS
    assert {"hgetall", "xread", "xgroup_create"} <= calls
    named = {_COMMANDS.get(name, name.upper()) for name in calls}
    assert named <= commands(is_cluster=False) | optional() | {"WAIT"}


async def test_without_a_convenience_it_warns_and_without_scripts_it_fails(
    redis_server_url: str,
) -> None:
    admin = redis.Redis.from_url(redis_server_url)
    low = redis_server_url.replace("//", "//low:x@")
    admin.execute_command("ACL SETUSER low on >x ~* +@all -bgrewriteaof -config")
    try:
        found = await server_findings(low)
        assert found["rights"][0].level is Level.WARN
        assert "+bgrewriteaof +config|get" in found["rights"][0].remedy
        assert found["persistence"][0].level is found["server log"][0].level is Level.WARN
        admin.execute_command("ACL SETUSER low -time -eval")
        found = await server_findings(low)
        assert found["rights"][0].level is found["clock"][0].level is Level.FAIL
        admin.execute_command("ACL SETUSER low -info")
        assert (await server_findings(low))["redis"][0].level is Level.FAIL
        found = await server_findings(low.replace(":x@", ":wrong@"))
        assert "refused" in found["redis"][0].found
        assert "wrong" not in str(found)
    finally:
        admin.acl_deluser("low")
        admin.close()


async def test_every_node_of_a_cluster_is_looked_at(cluster_url: str) -> None:
    odd = cluster_url.rsplit(",", 1)[1]
    found = await server_findings(cluster_url, store__durability="everysec")
    assert found["server"][0].found.startswith("a cluster of Redis")
    with redis.Redis.from_url(f"redis://{odd}") as client:
        client.config_set("appendonly", "no")
        try:
            found = await server_findings(cluster_url, store__durability="everysec")
        finally:
            client.config_set("appendonly", "yes")
    (wrong,) = found["persistence"]
    assert (wrong.level, wrong.found.startswith(f"{odd}: ")) == (Level.FAIL, True)
    replicated = await server_findings(cluster_url, store__durability="replicated")
    assert replicated["replicas"][0].level is Level.FAIL


@pytest.mark.parametrize(
    ("ahead_s", "level"), [(0.0, Level.OK), (-30.0, Level.WARN), (400.0, Level.FAIL)]
)
async def test_clocks_that_are_apart_are_found(
    redis_server_url: str, ahead_s: float, level: Level
) -> None:
    clients = connect(redis_server_url)
    found = await examine(clients.commands, [], now=lambda: time.time() - ahead_s)
    await clients.aclose()
    assert judged(found[0])["clock"].level is level
    direction = "ahead" if ahead_s > 0 else "behind"
    assert level is Level.OK or direction in judged(found[0])["clock"].found


@pytest.mark.parametrize("status", ["aof_last_write_status", "aof_last_bgrewrite_status"])
async def test_a_server_that_cannot_write_is_found(redis_server_url: str, status: str) -> None:
    async with nodes(redis_server_url, frozenset()) as (node,):
        broken = replace(node, info={**node.info, status: "err"})
    assert judged(node)["persistence"].level is not Level.FAIL
    assert judged(broken)["persistence"].level is Level.FAIL


def judged(node: Node) -> dict[str, Finding]:
    """Return what is found at a single server, by check."""
    found = of_server([node], durability="always", allow_unsafe=False, is_cluster=False)
    return {one.check: one for one in found}


async def test_a_server_that_is_away_or_a_store_of_others_is_found(redis_server_url: str) -> None:
    found = await server_findings(f"redis://127.0.0.1:{free_port()}")
    assert found["redis"][0].level is Level.FAIL
    assert found["model"][0].level is Level.OK
    assert (await server_findings("redis+cluster://host"))["redis"][0].level is Level.FAIL
    clients = connect(redis_server_url)
    await open_store(clients, shards=3, secret=None)
    await clients.aclose()
    assert (await server_findings(redis_server_url))["store"][0].found == "schema 1, 3 shards"
    other = await server_findings(redis_server_url, store__shards=2)
    assert other["store"][0].level is Level.FAIL
