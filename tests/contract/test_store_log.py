"""The installation's log: written with the change, once, newest first."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.domain.people import Person, Role
from moderation.domain.policy import parse_policy
from moderation.store import log, people, policies, scripts
from moderation.store.log import Actor
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.contract.whole_story import everything_happens

ADA = Person("p_" + "a" * 16, "ada", Role.MODERATOR)
ELSE = log.entry("person_added", Actor("p_x", "x", "page"))
BY = Actor("p_" + "b" * 16, "eve", "page")


async def test_what_changes_is_told_newest_first(store: Store) -> None:
    await people.add(store, ADA, "a password's hash", by=BY)
    await people.set_role(store, ADA.id, Role.ADMIN, by=BY, ways=kit.EVERY_WAY)
    policy = parse_policy('name = "strict"\n[thresholds]\ntoxicity = 0.2')
    for _ in range(2):  # the same content changes nothing
        await policies.apply(store, policy, by=BY)
    entries, after = await log.read(store, None, 2)
    assert [(one["type"], one["actor"]) for one in entries] == [
        ("policy_applied", {"id": BY.id, "name": "eve", "via": "page"}),
        ("role_changed", {"id": BY.id, "name": "eve", "via": "page"}),
    ]
    assert (entries[0]["policy"], entries[0]["version"]) == ("strict", 1)
    rest, end = await log.read(store, after, 2)
    assert [one["type"] for one in rest] == ["person_added"]
    assert end is None
    assert "hash" not in str(entries + rest)


#: Those whose caller names the change: they write the log, or count down.
_NAMED = {
    name
    for name, script in scripts.SCRIPTS.items()
    if "\nlogged(" in script.source or " = answered(" in script.source
}


async def test_what_is_sent_again_after_something_else_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, seen = scripts.run, set()

    async def twice(client: Any, name: str, shard: int, *args: Any) -> Any:
        answer = await run(client, name, shard, *args)
        if name in _NAMED and name not in seen:
            seen.add(name)
            await run(client, "person_add", 0, f"p_{name}", name, *ELSE, "name", name)
            before = await kit.everything(store)
            assert await run(client, name, shard, *args) == answer, name
            assert await kit.everything(store) == before, name
        return answer

    monkeypatch.setattr(scripts, "run", twice)
    await everything_happens(store)
    assert seen == _NAMED
