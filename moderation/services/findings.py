"""What `moderation doctor` finds at the server: facts in, one judgement a check out.

It reads nothing and connects to nothing. Each finding that is not fine says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from moderation.store.examination import Node
from moderation.store.server_check import faults

#: A receiver refuses what was signed five minutes ago (Standard Webhooks); half of it is too near.
_CLOCK_WARN_S, _CLOCK_FAIL_S = 2.0, 150.0
_FULL, _NEARLY_FULL = 0.95, 0.8
_OPTIONAL = {
    "BGREWRITEAOF": "erased text stays in the append-only file until the server rewrites it itself",
    "CONFIG|GET": "how often the server syncs can't be seen",
}


class Level(StrEnum):
    """How bad it is: only `fail` stops the service, or loses or publishes something."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it; '' when there is nothing to do."""

    check: str
    level: Level
    found: str
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON has it."""
        return asdict(self)


def optional() -> frozenset[str]:
    """Return the commands that the service can do without."""
    return frozenset(_OPTIONAL)


def of_server(
    nodes: Sequence[Node],
    *,
    durability: str,
    allow_unsafe: bool,
    is_cluster: bool,
    is_watched: bool = False,
) -> Iterator[Finding]:
    """Judge each check over all primaries: every fault, or once that all is well.

    `is_watched`: by a Sentinel, which may promote a replica while the primary still takes writes.
    """
    for check in (
        lambda node: _kind(node, is_cluster=is_cluster),
        _memory,
        lambda node: _persistence(node, durability, allow_unsafe=allow_unsafe),
        lambda node: _replicas(node, durability, is_cluster=is_cluster, is_watched=is_watched),
        _rights,
        _logs,
        _clock,
    ):
        found = [(node, check(node)) for node in nodes]
        bad = [
            Finding(one.check, one.level, node.where + one.found, one.remedy)
            for node, one in found
            if one.level is not Level.OK
        ]
        yield from bad or [found[0][1]]


def _kind(node: Node, *, is_cluster: bool) -> Finding:
    info = node.info
    wrong = faults(info, is_cluster=is_cluster)
    if wrong:
        return Finding("server", Level.FAIL, "; ".join(wrong), "change the server or redis_url")
    product = str(info.get("server_name", "redis")).capitalize()
    version = info.get("valkey_version", info.get("redis_version"))
    place = f"a cluster of {product}" if is_cluster else product
    return Finding("server", Level.OK, f"{place} {version}, primary, noeviction")


def _memory(node: Node) -> Finding:
    used, most = int(node.info.get("used_memory", 0)), int(node.info.get("maxmemory", 0))
    most = most or int(node.info.get("total_system_memory", 0))
    share = used / most if most else 0.0
    said = f"{used / 2**20:.0f} MiB used of {most / 2**20:.0f}"
    remedy = "give the server more memory or shorten retention: when it is full, intake is a 503"
    if share >= _FULL:
        return Finding("memory", Level.FAIL, said, remedy)
    if share >= _NEARLY_FULL:
        return Finding("memory", Level.WARN, said, remedy)
    return Finding("memory", Level.OK, said)


def _persistence(node: Node, durability: str, *, allow_unsafe: bool) -> Finding:
    info, check = node.info, "persistence"
    if not info.get("aof_enabled"):
        level = Level.WARN if allow_unsafe else Level.FAIL
        return Finding(check, level, "the append-only file is off: a restart loses comments",
                       "CONFIG SET appendonly yes, and in the server's configuration")  # fmt: skip
    if info.get("aof_last_write_status") != "ok":
        return Finding(check, Level.FAIL, "the last write to the append-only file failed",
                       "make room on the server's disk; its own log says more")  # fmt: skip
    if info.get("aof_last_bgrewrite_status") != "ok":
        return Finding(check, Level.FAIL, "the last rewrite of the append-only file failed",
                       "make room on the server's disk and memory, then BGREWRITEAOF")  # fmt: skip
    return _syncing(node.config, durability)


def _syncing(config: dict[str, str] | None, durability: str) -> Finding:
    check = "persistence"
    if config is None:
        return Finding(check, Level.WARN, "how often the server syncs can't be seen (CONFIG GET)",
                       f"see that it keeps what store.durability = {durability} says")  # fmt: skip
    fsync, is_always = config.get("appendfsync"), durability == "always"
    if fsync == "no" or (is_always and fsync != "always"):
        return Finding(check, Level.WARN, f"appendfsync {fsync}: a power cut loses the last writes",
                       "CONFIG SET appendfsync always, or store.durability = everysec")  # fmt: skip
    if is_always and config.get("no-appendfsync-on-rewrite") == "yes":
        return Finding(check, Level.WARN, "nothing is synced while the file is rewritten",
                       "CONFIG SET no-appendfsync-on-rewrite no")  # fmt: skip
    return Finding(check, Level.OK, f"append-only file on, appendfsync {fsync}, no write error")


def _replicas(node: Node, durability: str, *, is_cluster: bool, is_watched: bool) -> Finding:
    count = int(node.info.get("connected_slaves", 0))
    live = sum(
        isinstance(replica := node.info.get(f"slave{place}"), dict)
        and replica.get("state") == "online"
        for place in range(count)
    )
    said = f"{live} connected"
    needs_one = durability == "replicated"
    if needs_one and is_cluster:
        return Finding("replicas", Level.FAIL, "a cluster can't keep store.durability = replicated",
                       "store.durability = always")  # fmt: skip
    if needs_one and not live:
        return Finding("replicas", Level.FAIL, "none is connected, and `replicated` waits for one",
                       "start a replica of this server, or store.durability = always")  # fmt: skip
    if (needs_one or is_watched) and (node.config or {}).get("min-replicas-to-write") == "0":
        return Finding("replicas", Level.WARN, "min-replicas-to-write is 0: a primary that was "
                       "replaced takes comments until it is told, and all of them are lost",
                       "CONFIG SET min-replicas-to-write 1 min-replicas-max-lag 3")  # fmt: skip
    if not needs_one:
        return Finding("replicas", Level.OK, f"{said}; store.durability = {durability} needs none")
    return Finding("replicas", Level.OK, said)


def _rights(node: Node) -> Finding:
    if node.refused is None:
        return Finding("rights", Level.FAIL, "the user may not run scripts",
                       "ACL SETUSER … +eval +evalsha")  # fmt: skip
    grant = " ".join(f"+{command.lower()}" for command in sorted(node.refused))
    if needed := sorted(node.refused - optional()):
        return Finding("rights", Level.FAIL, f"the user may not run {', '.join(needed)}",
                       f"ACL SETUSER … ~{{s* {grant}")  # fmt: skip
    if node.refused:
        why = "; ".join(_OPTIONAL[command] for command in sorted(node.refused))
        return Finding("rights", Level.WARN, why, f"ACL SETUSER … {grant}")
    return Finding("rights", Level.OK, "the user may run every command that is needed")


def _logs(node: Node) -> Finding:
    if node.config is None:
        return Finding("server log", Level.WARN, "whether slow commands are logged can't be seen",
                       "see that slowlog-log-slower-than is -1")  # fmt: skip
    slower = node.config.get("slowlog-log-slower-than")
    if slower != "-1":
        return Finding("server log", Level.WARN,
                       f"commands slower than {slower} µs are logged with the texts in them",
                       "CONFIG SET slowlog-log-slower-than -1, and SLOWLOG RESET")  # fmt: skip
    return Finding("server log", Level.OK, "slow commands, which hold texts, are not logged")


def _clock(node: Node) -> Finding:
    if node.ahead_s is None:
        return Finding("clock", Level.FAIL, "the user may not run TIME", "ACL SETUSER … +time")
    apart = abs(node.ahead_s)
    said = f"the server's is {apart:.1f} s {'ahead' if node.ahead_s > 0 else 'behind'}"
    remedy = "synchronise both machines' clocks (NTP): signatures, leases and sessions rest on them"
    if apart >= _CLOCK_FAIL_S:
        return Finding("clock", Level.FAIL, said, remedy)
    if apart >= _CLOCK_WARN_S:
        return Finding("clock", Level.WARN, said, remedy)
    return Finding("clock", Level.OK, f"within {_CLOCK_WARN_S:.0f} s of the server's")
