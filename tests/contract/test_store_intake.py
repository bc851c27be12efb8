"""Accepting and editing: wholly or not at all, once, and refused in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from moderation.domain.errors import (
    ConflictError,
    NotFoundError,
    OverloadedError,
    SiteOverloadedError,
)
from moderation.store import intake, queue, reading
from moderation.store.intake import Accepts, Limits
from moderation.store.store import Store
from tests.contract import store_kit as kit


def limits(max_depth: int = 1000, max_wait_s: float = 1000, floor_rate: float = 1000) -> Limits:
    return Limits(
        max_depth=max_depth, max_wait_s=max_wait_s, floor_rate=floor_rate, idempotency_s=600
    )


async def script_calls(store: Store) -> int:
    """How many scripts the server, or all of the cluster, has run."""
    cluster = store.clients.is_cluster
    target = {"target_nodes": store.redis.PRIMARIES} if cluster else {}
    answer = await store.redis.info("commandstats", **target)
    stats = list(answer.values()) if cluster else [answer]
    return sum(one.get("cmdstat_evalsha", {}).get("calls", 0) for one in stats)


async def test_an_accepted_comment_is_stored_queued_and_audited(store: Store) -> None:
    new = kit.comment(store, "7", "a fine day — 好", article="a1", author="au1")
    (accepted,) = await kit.accept(store, new)
    assert (accepted.id, accepted.new, accepted.version) == (new.id, True, 1)

    (record,) = await reading.read(store, [new.id], with_text=True)
    assert record is not None
    assert record.submission == new.submission
    assert record.decided is None
    assert (record.state["s"], record.state["st"], record.state["rev"]) == ("news", "p", "1")
    (event,) = await reading.trail(store, new.id)
    assert (event["type"], event["version"], event["revision"]) == ("received", 1, 1)
    (job,) = await kit.take(store)
    assert (job.comment, job.revision, job.submission) == (new.id, 1, new.submission)
    pending = await reading.page(store, reading.pending_indexes(store, "news"), None, 9, ())
    assert pending == ([new.id], None)


async def test_the_same_again_is_the_same_comment(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "7", key="k1"))
    for key in ("k1", "k2", None):
        (again,) = await kit.accept(store, kit.comment(store, "7", key=key))
        assert (again.new, again.version) == (False, 1)
    assert len(await kit.take(store)) == 1


async def test_three_copies_at_once_make_one_comment(store: Store) -> None:
    copies = [kit.comment(store, "7", key="k") for _ in range(3)]
    accepted = await kit.accept(store, *copies)
    assert sorted(one.new for one in accepted) == [False, False, True]
    assert len(await kit.take(store)) == 1


async def test_a_key_with_another_body_is_a_conflict(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "7", key="k"))
    with pytest.raises(ConflictError, match="another body"):
        await kit.accept(store, kit.comment(store, "7", key="k", article="another"))
    (job,) = await kit.take(store)
    assert job.submission.context.article_id is None


async def test_a_key_for_another_comment_of_its_shard_is_a_conflict(store: Store) -> None:
    first = kit.comment(store, "0", key="k")
    await kit.accept(store, first)
    named = (kit.comment(store, str(number), key="k") for number in range(1, 1000))
    neighbour = next(one for one in named if store.shard(one.id) == store.shard(first.id))
    with pytest.raises(ConflictError, match="another body"):
        await kit.accept(store, neighbour)
    assert len(await kit.take(store)) == 1


async def test_an_external_id_with_another_text_is_a_conflict(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "7"))
    with pytest.raises(ConflictError, match="use PUT"):
        await kit.accept(store, kit.comment(store, "7", "a rainy day"))
    (other,) = await kit.accept(store, kit.comment(store, "7", "a rainy day", site="blog"))
    assert other.new


async def test_a_retry_of_the_first_text_after_an_edit_is_no_conflict(store: Store) -> None:
    first = kit.comment(store, "7", key="k")
    await kit.accept(store, first)
    await intake.edit(store, kit.comment(store, "7", "a rainy day"), 600)
    (again,) = await kit.accept(store, first)
    assert (again.new, again.version) == (False, 2)
    (job,) = await kit.take(store)
    assert job.submission.text == "a rainy day"


async def test_an_idempotency_key_expires(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "7", key="k"))
    keys = [key for key in await kit.all_keys(store) if ":i:" in key]
    assert [0 < await store.redis.ttl(key) <= 600 for key in keys] == [True]


@pytest.mark.parametrize("full", [limits(max_depth=3), limits(max_wait_s=1, floor_rate=3)])
async def test_a_full_queue_refuses_and_stores_nothing(store: Store, full: Limits) -> None:
    names = kit.names_on(store, 0, 4)
    await kit.accept(store, *(kit.comment(store, name) for name in names[:3]), limits=full)
    before = set(await kit.all_keys(store))
    with pytest.raises(OverloadedError) as refused:
        await kit.accept(store, kit.comment(store, names[3]), limits=full)
    assert not isinstance(refused.value, SiteOverloadedError)
    assert 1 <= refused.value.retry_after <= 600
    assert set(await kit.all_keys(store)) == before

    (again,) = await kit.accept(store, kit.comment(store, names[0]), limits=full)
    assert not again.new  # a retry of what is in there is still answered

    await kit.record(store, [kit.approved(job) for job in await kit.take(store)])
    (now,) = await kit.accept(store, kit.comment(store, names[3]), limits=full)
    assert now.new


async def test_a_site_over_its_share_leaves_room_for_others(store: Store) -> None:
    names = kit.names_on(store, 0, 3)
    half = [kit.comment(store, name, share=0.5) for name in names]
    await kit.accept(store, *half[:2], limits=limits(max_depth=4))
    with pytest.raises(SiteOverloadedError) as refused:
        await kit.accept(store, half[2], limits=limits(max_depth=4))
    assert refused.value.retry_after >= 1
    (other,) = kit.names_on(store, 0, 1, site="blog")
    blog = kit.comment(store, other, site="blog", share=0.5)
    (accepted,) = await kit.accept(store, blog, limits=limits(max_depth=4))
    assert accepted.new


async def test_a_batch_is_refused_only_from_where_it_is_full(store: Store) -> None:
    accepts = Accepts(store, limits(max_depth=3))
    new = [kit.comment(store, name) for name in kit.names_on(store, 0, 5)]
    answers = await asyncio.gather(*map(accepts.accept, new), return_exceptions=True)
    assert [type(answer) for answer in answers] == [intake.Accepted] * 3 + [OverloadedError] * 2


async def test_concurrent_accepts_share_script_calls(store: Store) -> None:
    names = kit.names_on(store, 0, 101)
    accepts = Accepts(store, kit.ROOMY)
    await accepts.accept(kit.comment(store, names[0]))
    before = await script_calls(store)
    accepted = await asyncio.gather(
        *(accepts.accept(kit.comment(store, name)) for name in names[1:])
    )
    assert sum(one.new for one in accepted) == 100
    assert await script_calls(store) - before <= 2


async def test_a_text_that_cannot_be_stored_fails_its_own_caller_only(store: Store) -> None:
    accepts = Accepts(store, kit.ROOMY)
    names = kit.names_on(store, 0, 3)
    good, bad, later = (
        kit.comment(store, name, text)
        for name, text in zip(names, ("a fine day", "a \ud800 day", "a rainy day"), strict=True)
    )
    async with asyncio.timeout(10):
        answers = await asyncio.gather(
            accepts.accept(good), accepts.accept(bad), return_exceptions=True
        )
        assert [type(answer).__name__ for answer in answers] == ["Accepted", "UnicodeEncodeError"]
        assert (await accepts.accept(later)).new


async def test_a_caller_that_goes_away_takes_nobody_along(store: Store) -> None:
    accepts = Accepts(store, kit.ROOMY)
    gone, stays = (kit.comment(store, name) for name in kit.names_on(store, 0, 2))
    leaving = asyncio.create_task(accepts.accept(gone))
    staying = asyncio.create_task(accepts.accept(stays))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).new
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await accepts.accept(kit.comment(store, kit.names_on(store, 0, 3)[2]))).new


async def test_an_edit_is_a_new_revision_and_is_queued_anew(store: Store) -> None:
    (accepted,) = await kit.accept(store, kit.comment(store, "7"))
    edited = await intake.edit(store, kit.comment(store, "7", "a rainy day"), 600)
    assert (edited.id, edited.new, edited.version) == (accepted.id, True, 2)
    (job,) = await kit.take(store)  # the first text's entry is gone
    assert (job.revision, job.submission.text) == (2, "a rainy day")
    assert [event["type"] for event in await reading.trail(store, accepted.id)] == [
        "received",
        "edited",
    ]


async def test_the_old_revisions_decision_never_lands_on_the_new(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "7"))
    (old,) = await kit.take(store)
    await intake.edit(store, kit.comment(store, "7", "a rainy day"), 600)
    (late,) = await kit.record(store, [kit.approved(old)])
    assert late.code == "late"
    assert (await kit.state(store, old.comment))["st"] == "p"
    (new,) = await kit.take(store)
    (recorded,) = await kit.record(store, [kit.held(new)])
    assert (recorded.code, recorded.version) == ("recorded", 3)
    assert await kit.held_ids(store) == [old.comment]


async def test_an_edit_of_a_decided_comment_makes_it_pending(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, "7", article="a1")])
    await intake.edit(store, kit.comment(store, "7", "a rainy day", article="a1"), 600)
    assert await kit.held_ids(store) == []
    assert await kit.held_ids(store, "age", article="a1") == []
    (record,) = await reading.read(store, [comment])
    assert record is not None
    assert (record.state["st"], record.decided) == ("p", None)
    pending = await reading.page(store, reading.pending_indexes(store, "news"), None, 9, ())
    assert pending == ([comment], None)


async def test_the_same_edit_again_changes_nothing(store: Store) -> None:
    await kit.accept(store, kit.comment(store, "7"))
    edit = kit.comment(store, "7", "a rainy day", key="k")
    assert (await intake.edit(store, edit, 600)).new
    for again in (edit, kit.comment(store, "7", "a rainy day")):
        answer = await intake.edit(store, again, 600)
        assert (answer.new, answer.version) == (False, 2)
    with pytest.raises(ConflictError, match="another body"):
        await intake.edit(store, kit.comment(store, "7", "a dull day", key="k"), 600)
    assert len(await kit.take(store)) == 1


async def test_an_edit_needs_a_comment_of_this_site(store: Store) -> None:
    (comment,) = await kit.accept(store, kit.comment(store, "7"))
    stranger = kit.comment(store, "7", "a rainy day", site="blog")
    with pytest.raises(NotFoundError):
        await intake.edit(store, stranger, 600)
    theirs = intake.NewComment(
        id=comment.id,
        submission=stranger.submission,
        idempotency_key=None,
        callback_url="",
        lane="n",
        share=1,
    )
    with pytest.raises(NotFoundError):
        await intake.edit(store, theirs, 600)
    assert (await kit.state(store, comment.id))["rev"] == "1"


async def test_depth_counts_lanes_and_what_is_reserved(store: Store) -> None:
    lanes = ("hi", "n", "n", "lo")
    new = [kit.comment(store, str(i), lane=lane) for i, lane in enumerate(lanes)]
    await kit.accept(store, *new)
    await queue.take(store, store.shard(new[0].id), "w1", 1)
    now_ms = 1000 * (await store.redis.time(**_anywhere(store)))[0] + 60_000
    depths = {depth.lane: depth for depth in await queue.depths(store, now_ms)}
    assert [(depths[lane].entries, depths[lane].pending) for lane in ("hi", "n", "lo")] == [
        (1, 1),
        (2, 0),
        (1, 0),
    ]
    assert all(depth.oldest_s >= 59 for depth in depths.values())


def _anywhere(store: Store) -> dict[str, object]:
    return {"target_nodes": store.redis.get_random_node()} if store.clients.is_cluster else {}


async def test_a_key_used_for_one_comment_edits_no_other(store: Store) -> None:
    """The same body under the same key, but of another comment, was never said before."""
    first, second = kit.names_on(store, 0, 2)
    accepted = await kit.accept(store, kit.comment(store, first), kit.comment(store, second))
    edit = kit.comment(store, text="a rainy day", key="k")
    said = replace(edit.submission, external_id=None)
    one, other = (replace(edit, id=known.id, submission=said) for known in accepted)
    assert (await intake.edit(store, one, 600)).new
    with pytest.raises(ConflictError, match="another body"):
        await intake.edit(store, other, 600)
    assert not (await intake.edit(store, one, 600)).new
