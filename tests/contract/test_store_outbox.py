"""The outbox: each decision announced at least once, one in flight a comment, in order."""

from __future__ import annotations

import asyncio

import pytest

from moderation.domain.errors import NotFoundError
from moderation.store import intake, outbox
from moderation.store.store import Store
from tests.contract import store_kit as kit


async def test_a_decision_is_announced_with_its_own_event(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    (callback,) = await kit.callbacks(store)
    assert (callback.comment, callback.version, callback.attempts) == (comment, 2, 0)
    assert callback.shard == store.shard(comment)
    assert (callback.event["type"], callback.event["decision"]) == ("decided", "hold")
    assert callback.state["cb"] == kit.HOOK
    assert await outbox.counts(store) == (1, 0)
    assert await kit.settle(store, callback) == "settled"
    assert await kit.callbacks(store) == []
    assert await outbox.counts(store) == (0, 0)


async def test_a_comment_without_a_callback_address_has_none(store: Store) -> None:
    await kit.decide(store, [kit.comment(store, callback=None)])
    assert await kit.callbacks(store) == []


async def test_one_in_flight_a_comment_and_in_order(store: Store) -> None:
    ids = await kit.decide(store, [kit.comment(store, str(n)) for n in range(6)])
    for version, decision in ((2, "approve"), (3, "reject"), (4, "approve")):
        for comment in ids:
            await kit.resolve(store, kit.says(comment, version, decision))
    heard: dict[str, list[int]] = {comment: [] for comment in ids}
    while due := await kit.callbacks(store):
        assert len({callback.comment for callback in due}) == len(due)
        assert await kit.callbacks(store) == []  # the next waits for this one's outcome
        for callback in due:
            heard[callback.comment].append(callback.version)
            assert await kit.settle(store, callback) == "settled"
    assert heard == {comment: [2, 3, 4, 5] for comment in ids}


async def test_concurrent_notifiers_share_the_work(store: Store) -> None:
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(40)])
    taken = await asyncio.gather(*(kit.callbacks(store) for _ in range(6)))
    comments = [callback.comment for some in taken for callback in some]
    assert len(comments) == len(set(comments)) == 40


async def test_a_lease_that_lapses_sends_the_same_version_again(store: Store) -> None:
    await kit.decide(store, [kit.comment(store)])
    (lost,) = await kit.callbacks(store, lease_ms=0)
    (again,) = await kit.callbacks(store)
    assert (again.comment, again.version, again.attempts) == (lost.comment, lost.version, 0)
    assert await kit.settle(store, again) == "settled"
    for outcome in ("delivered", "retry", "dead"):
        assert await kit.settle(store, lost, outcome) == "late"
    assert await outbox.counts(store) == (0, 0)


async def test_a_failed_attempt_is_counted_and_waits(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    for attempts in range(3):
        (callback,) = await kit.callbacks(store)
        assert callback.attempts == attempts
        assert await kit.settle(store, callback, "retry") == "retry"
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "retry", delay_ms=60_000)
    assert await kit.callbacks(store) == []
    # A later version waits behind it, for as long as the earlier one does.
    await kit.resolve(store, kit.says(comment, 2))
    assert await kit.callbacks(store) == []
    assert await outbox.counts(store) == (1, 0)


async def test_an_attempt_that_is_reported_twice_counts_once(store: Store) -> None:
    await kit.decide(store, [kit.comment(store)])
    (callback,) = await kit.callbacks(store)
    assert await kit.settle(store, callback, "retry") == "retry"
    assert await kit.settle(store, callback, "retry") == "retry"
    (again,) = await kit.callbacks(store)
    assert again.attempts == 1


async def test_attempts_start_anew_for_the_next_version(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.resolve(store, kit.says(comment, 2))
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "retry")
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback)
    (following,) = await kit.callbacks(store)
    assert (following.version, following.attempts) == (3, 0)


async def test_what_is_given_up_lets_the_next_one_go(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.resolve(store, kit.says(comment, 2))
    (callback,) = await kit.callbacks(store)
    assert await kit.settle(store, callback, "dead") == "dead"
    ((dead, version, at),) = await outbox.dead_letters(store, 10)
    assert (dead, version) == (comment, 2)
    assert at >= callback.event["at"]
    (following,) = await kit.callbacks(store)
    assert following.version == 3
    assert await outbox.counts(store) == (1, 1)


async def test_a_dead_letter_is_sent_again_on_request(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "retry")
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "dead")
    await outbox.send_again(store, comment, 2, kit.SITE)
    await outbox.send_again(store, comment, 2, kit.SITE)  # a repetition makes no second one
    assert await outbox.dead_letters(store, 10) == []
    (again,) = await kit.callbacks(store)
    assert (again.version, again.attempts) == (2, 0)
    await kit.settle(store, again)
    assert await kit.callbacks(store) == []
    with pytest.raises(NotFoundError):
        await outbox.send_again(store, comment, 2, kit.SITE)


async def test_only_ones_own_dead_letters_are_sent_again(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "dead")
    for name, version, site in ((comment, 2, "blog"), (comment, 3, "news"), ("c_x", 2, "news")):
        with pytest.raises(NotFoundError):
            await outbox.send_again(store, name, version, site)
    assert len(await outbox.dead_letters(store, 10)) == 1


async def test_dead_letters_come_oldest_first_over_shards(store: Store) -> None:
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(12)])
    for callback in await kit.callbacks(store):
        await kit.settle(store, callback, "dead")
    letters = await outbox.dead_letters(store, 10)
    assert len(letters) == 10
    assert [at for *_, at in letters] == sorted(at for *_, at in letters)


async def test_a_callback_may_be_held_back(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.held(job)], hold_back_ms=60_000)
    assert await kit.callbacks(store) == []
    assert await outbox.counts(store) == (1, 0)


async def test_an_edit_silences_what_was_decided_before(store: Store) -> None:
    """A late approval of the earlier text would publish the later one."""
    await kit.decide(store, [kit.comment(store, "1"), kit.comment(store, "2")])
    in_flight = next(one for one in await kit.callbacks(store) if one.state["x"] == "2")
    for name in ("1", "2"):
        await intake.edit(store, kit.comment(store, name, text="a rainy day"), 600)
    assert await kit.settle(store, in_flight, "retry") == "late"
    assert await kit.callbacks(store) == []
    job = next(one for one in await kit.take(store) if one.submission.external_id == "1")
    await kit.record(store, [kit.approved(job)])
    (following,) = await kit.callbacks(store)
    assert (following.version, following.event["revision"]) == (4, 2)


async def test_an_erased_comments_callbacks_are_gone(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    (in_flight,) = await kit.callbacks(store)
    await kit.resolve(store, kit.says(comment, 2))
    await kit.erase(store, comment, 3)
    assert await kit.settle(store, in_flight, "retry") == "late"
    assert await kit.callbacks(store) == []
    assert await outbox.counts(store) == (0, 0)


async def test_what_has_no_room_at_its_origin_is_passed_by_in_bounded_steps(store: Store):
    shard, dead, alive = 0, "https://Dead.example:8443", "https://cms.example"
    names = kit.names_on(store, shard, 2001)
    new = [kit.comment(store, name, callback=f"{dead}/hook?{name}") for name in names[:-1]]
    for some in (new[:1000], new[1000:]):
        await kit.decide(store, some)
    (last,) = await kit.decide(store, [kit.comment(store, names[-1], callback=f"{alive}/hook")])

    async def take(passed: int = 0, **busy: int) -> outbox.Taken:
        on_the_way = {dead.lower(): busy.get("dead", 0), alive: busy.get("alive", 0)}
        return await outbox.take(
            store, shard, 20, 60_000, per_origin=8, busy=on_the_way, passed=passed
        )

    first = await take(dead=5)
    assert [one.origin for one in first.callbacks] == [dead.lower()] * 3
    assert (first.passed, first.held_up) == (997, True)
    second = await take(first.passed, dead=8)
    assert (second.callbacks, second.passed, second.held_up) == ([], 1997, True)
    third = await take(second.passed, dead=8)
    assert [one.comment for one in third.callbacks] == [last]
    assert (third.passed, third.held_up) == (0, True)
    again = await take(third.passed)  # there is room again
    assert (len(again.callbacks), again.held_up) == (8, True)


async def test_where_all_have_room_nothing_is_passed_by(store: Store):
    await kit.decide(store, [kit.comment(store, name) for name in kit.names_on(store, 0, 9)])
    taken = [await outbox.take(store, 0, 5, 60_000, per_origin=8, busy={}) for _ in range(3)]
    assert [len(one.callbacks) for one in taken] == [5, 4, 0]
    assert not any(one.passed or one.held_up for one in taken)
