"""Drafts and what is told of replays: nobody's is lost, and every call may be repeated."""

from __future__ import annotations

import pytest

from moderation.domain.errors import ConflictError, NotFoundError
from moderation.domain.policy import Policy, parse_policy
from moderation.store import drafts, log, policies, replays
from moderation.store.log import Actor
from moderation.store.replays import Told
from moderation.store.store import Store

ADA, EVE = Actor("p_a", "ada", "page"), Actor("p_e", "eve", "page")
RUNNING = Told("r1", "running", "news", "d", "ada", total=10)


def policy(at: float = 0.5) -> Policy:
    return parse_policy(f'name = "strict"\n[thresholds]\ntoxicity = {at}')


async def kept(store: Store, at: float, seen: str = "", began_from: int = 1) -> drafts.Draft:
    source = policy(at).as_toml()
    await drafts.save(store, "strict", source, began_from=began_from, seen=seen, by=ADA)
    found = await drafts.find(store, "strict")
    assert found
    return found


async def put(store: Store, draft: drafts.Draft) -> int:
    made = parse_policy(draft.source)
    return await policies.apply_draft(store, made, draft, by=ADA, note="", over="news")


async def test_a_draft_is_replaced_only_by_who_saw_it(store: Store) -> None:
    await policies.apply(store, policy(), by=EVE)
    first = await kept(store, 0.4)
    assert (first.by_id, first.by, first.began_from) == ("p_a", "ada", 1)
    with pytest.raises(ConflictError):
        await drafts.save(store, "strict", "x", began_from=1, seen="", by=EVE)
    with pytest.raises(ConflictError):
        await drafts.drop(store, "strict", "other")
    assert await drafts.find(store, "strict") == first
    second = await kept(store, 0.3, first.id)
    assert second.id != first.id
    for _ in range(2):
        await drafts.drop(store, "strict", second.id)
    assert await drafts.find(store, "strict") is None


async def test_a_draft_is_of_a_version_that_is_there(store: Store) -> None:
    for name, version in (("strict", 1), ("nothing", 1)):
        with pytest.raises(NotFoundError):
            await drafts.save(store, name, "x", began_from=version, seen="", by=EVE)
    await policies.apply(store, policy(), by=EVE)
    with pytest.raises(NotFoundError):
        await drafts.save(store, "strict", "x", began_from=2, seen="", by=EVE)


async def test_a_repeated_call_keeps_one_draft(store: Store) -> None:
    await policies.apply(store, policy(), by=EVE)
    for _ in range(2):
        said = ("strict", "", "d1", "p_a", "ada", "1", "x")
        assert await store.run("draft_save", 0, *said) == "saved"


async def test_a_draft_becomes_the_version_after_the_one_that_it_began_from(store: Store) -> None:
    await policies.apply(store, policy(), by=EVE)
    draft = await kept(store, 0.4)
    for _ in range(2):  # as the client does when an answer was lost
        assert await put(store, draft) == 2
    assert await drafts.find(store, "strict") is None
    assert await policies.current(store, "strict") == (policy(0.4), 2)
    entries, _ = await log.read(store, None, 10)
    assert [one["version"] for one in entries] == [2, 1]
    assert (entries[0]["replayed"], entries[0]["site"]) == (True, "news")
    # The answer is the same when a colleague went on from it.
    await policies.apply(store, policy(0.1), by=EVE)
    assert await put(store, draft) == 2
    assert await policies.current(store, "strict") == (policy(0.1), 3)


async def test_nothing_is_overwritten_by_a_draft(store: Store) -> None:
    await policies.apply(store, policy(), by=EVE)
    draft = await kept(store, 0.4)
    await policies.apply(store, policy(0.1), by=EVE)
    with pytest.raises(ConflictError, match="another version"):
        await put(store, draft)
    assert await policies.current(store, "strict") == (policy(0.1), 2)
    later = await kept(store, 0.3, draft.id, 2)
    with pytest.raises(ConflictError, match="the draft"):
        await put(store, draft)
    assert await drafts.find(store, "strict") == later
    assert await put(store, later) == 3


async def test_a_draft_that_changes_nothing_makes_no_version(store: Store) -> None:
    await policies.apply(store, policy(), by=EVE)
    assert await put(store, await kept(store, 0.5)) == 1
    assert await drafts.find(store, "strict") is None
    assert len((await log.read(store, None, 10))[0]) == 1


async def test_a_replay_is_told_until_it_ends_or_another_begins(store: Store) -> None:
    assert await replays.find(store, "strict") is None
    await replays.begin(store, "strict", RUNNING)
    assert await replays.progress(store, "strict", "r1", 4)
    found = await replays.find(store, "strict")
    assert found
    assert (found.state, found.seen, found.total, found.site) == ("running", 4, 10, "news")
    assert await replays.end(store, "strict", "r1", "done", {"changes": []})
    assert not await replays.progress(store, "strict", "r1", 9)
    assert not await replays.end(store, "strict", "r1", "cancelled")
    found = await replays.find(store, "strict")
    assert found
    assert (found.state, found.found) == ("done", {"changes": []})
    await replays.begin(store, "strict", Told("r2", "running", "news", "d", "eve"))
    assert not await replays.end(store, "strict", "r1", "cancelled")
    assert not await replays.progress(store, "strict", "r1", 9)
    assert 0 < await store.redis.pttl("{s0}:rp:strict") <= replays.RUNNING_MS


async def test_the_log_is_read_by_kind_in_bounded_steps(store: Store) -> None:
    await policies.apply(store, policy(), by=EVE)
    pipeline = store.redis.pipeline(transaction=False)
    for number in range(5200):
        entry = '{"at":1,"type":"role_changed","actor":{}}'
        pipeline.xadd("{s0}:log", {"change": str(number), "entry": entry})
    await pipeline.execute()
    found, after = await log.read(store, None, 10, kind="policy_applied")
    assert found == []
    assert after
    found, after = await log.read(store, after, 10, kind="policy_applied")
    assert ([one["version"] for one in found], after) == ([1], None)
    found, after = await log.read(store, None, 3, kind="role_changed")
    assert len(found) == 3
    assert after
