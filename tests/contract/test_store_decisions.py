"""A machine's decisions: the first one wins, in one write, and no score is not the last word."""

from __future__ import annotations

import asyncio
import itertools
import json

from moderation.domain.scores import UnscoredReason
from moderation.store import decisions, intake, queue, reading
from moderation.store.store import Store
from tests.contract import store_kit as kit


async def test_an_approval_is_recorded_with_everything_that_explains_it(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    (recorded,) = await kit.record(store, [kit.approved(job)])
    assert (recorded.code, recorded.version) == ("recorded", 2)
    (record,) = await reading.read(store, [job.comment], with_text=True)
    assert record is not None
    assert record.submission == job.submission
    assert record.decided == {
        "version": 2,
        "at": recorded.at_ms,
        "revision": 1,
        "received": job.received_ms,
        "type": "decided",
        "decision": "approve",
        "decided_by": "model",
        "reasons": [
            {"code": "below_thresholds", "label": "toxicity", "score": 0.1, "threshold": 0.5,
             "detail": None}
        ],
        "scores": {"toxicity": 0.1},
        "policy": {"name": "default", "version": 1},
        "model": {"name": "compact-en", "version": "1"},
        "model_languages": None,
        "language": None,
        "worst_part": None,
        "severity": 0.0,
    }  # fmt: skip
    assert await kit.held_ids(store) == []
    pending = await reading.page(store, reading.pending_indexes(store, "news"), None, 9, ())
    assert pending == ([], None)
    assert [depth.entries for depth in await queue.depths(store, 0)] == [0, 0, 0]


async def test_a_hold_enters_every_index(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, article="a1")])
    for order in ("age", "scr", "pri"):
        assert await kit.held_ids(store, order) == [comment]
    assert await kit.held_ids(store, "age", article="a1") == [comment]
    assert await kit.held_ids(store, "age", article="a2") == []


async def test_the_first_decision_wins(store: Store) -> None:
    await kit.accept(store, *(kit.comment(store, str(n)) for n in range(20)))
    jobs = await kit.take(store)
    rules = [kit.approved, kit.held, kit.unscored]
    answers = await asyncio.gather(
        *(kit.record(store, [rule(job) for job in jobs]) for rule in rules * 2)
    )
    for at, job in enumerate(jobs):
        assert sorted(answer[at].code for answer in answers) == ["late"] * 5 + ["recorded"]
        trail = await reading.trail(store, job.comment)
        assert [event["type"] for event in trail] == ["received", "decided"]
    feed, _ = await reading.read_feed(store, kit.SITE, {}, 100)
    assert sorted(comment for comment, _ in feed) == sorted(job.comment for job in jobs)


async def test_a_batch_may_hold_the_same_job_twice(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    answers = await kit.record(store, [kit.held(job), kit.approved(job)])
    assert [answer.code for answer in answers] == ["recorded", "late"]
    assert await kit.held_ids(store) == [job.comment]


async def test_a_late_decision_of_a_reclaimed_comment_changes_nothing(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (slow,) = await kit.take(store, "w1")
    (again,) = await kit.reclaim(store, "w2")
    assert (await kit.record(store, [kit.held(again)]))[0].code == "recorded"
    before = await kit.everything(store)
    assert (await kit.record(store, [kit.approved(slow)]))[0].code == "late"
    after = await kit.everything(store)
    assert {k: v for k, v in after.items() if not k.endswith("rate")} == {
        k: v for k, v in before.items() if not k.endswith("rate")
    }


async def test_without_a_score_it_is_held_and_scored_again_when_due(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    assert await kit.held_ids(store, why="unscored") == [comment]
    assert await kit.requeue(store) == 1
    assert await kit.requeue(store) == 0
    (job,) = await kit.take(store)
    assert (job.again, job.lane, job.revision, job.comment) == (True, "lo", 1, comment)
    assert await kit.held_ids(store) == [comment]  # it stays held while it is scored


async def test_a_finite_score_releases_what_had_none(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, article="a1")], kit.unscored)
    await kit.requeue(store)
    (job,) = await kit.take(store)
    (recorded,) = await kit.record(store, [kit.approved(job)])
    assert (recorded.code, recorded.version) == ("recorded", 3)
    assert await kit.held_ids(store) == await kit.held_ids(store, "age", article="a1") == []
    decided = [(e["decision"], e["decided_by"]) for e in (await reading.trail(store, comment))[1:]]
    assert decided == [("hold", "fallback"), ("approve", "model")]
    assert await kit.requeue(store) == 0


async def test_a_score_may_also_hold_what_had_none(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    await kit.requeue(store)
    (job,) = await kit.take(store)
    assert (await kit.record(store, [kit.held(job, 0.95)]))[0].code == "recorded"
    assert await kit.held_ids(store, "scr", why="toxicity") == [comment]
    assert await kit.held_ids(store, why="unscored") == []
    assert await kit.requeue(store) == 0


async def test_still_without_a_score_it_waits_on_and_announces_nothing(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    for _ in range(4):  # the last wait repeats
        assert await kit.requeue(store) == 1
        (job,) = await kit.take(store)
        (answer,) = await kit.record(store, [kit.unscored(job, UnscoredReason.UNAVAILABLE)])
        assert answer.code == "postponed"
        assert await kit.held_ids(store) == [comment]
    assert len(await reading.trail(store, comment)) == 2
    assert len(await kit.callbacks(store)) == 1


async def test_what_scorers_failed_on_is_given_up_after_the_last_wait(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    for left in (1, 0):
        assert await kit.requeue(store) == 1
        (job,) = await kit.take(store)
        failed = kit.unscored(job, UnscoredReason.CRASHED)
        (answer,) = await kit.record(store, [failed], again_s=(0, 0, 0)[: 2 + left])
        assert answer.code == "postponed"
    assert await kit.requeue(store) == 0
    assert await kit.held_ids(store) == [comment]


async def test_new_comments_are_not_kept_out_by_old_ones(store: Store) -> None:
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(4)], kit.unscored)
    for shard in range(store.shards):
        first = await queue.requeue_unscored(store, shard, 1)
        assert await queue.requeue_unscored(store, shard, 1) == 0 or not first


async def test_each_try_has_its_own_wait(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.unscored(job)], again_s=(0, 3600))
    assert await kit.requeue(store) == 1
    (job,) = await kit.take(store)
    await kit.record(store, [kit.unscored(job)], again_s=(0, 3600))
    assert await kit.requeue(store) == 0


async def test_no_waits_at_all_mean_no_further_try(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    (answer,) = await kit.record(store, [kit.unscored(job)], again_s=())
    assert answer.code == "recorded"
    assert await kit.held_ids(store) == [job.comment]
    assert await kit.requeue(store) == 0


async def test_a_person_who_acted_meanwhile_is_not_overruled(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    await kit.requeue(store)
    (job,) = await kit.take(store)
    assert (await kit.resolve(store, kit.says(comment, 2, "reject")))[0] == "recorded"
    assert (await kit.record(store, [kit.approved(job)]))[0].code == "late"
    assert (await kit.state(store, comment))["d"] == "reject"


async def test_a_persons_hold_is_not_scored_again(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    await kit.resolve(store, kit.says(comment, 2, "hold"))
    assert await kit.requeue(store) == 0
    assert await kit.take(store) == []


async def test_an_edit_of_what_had_no_score_starts_afresh(store: Store) -> None:
    await kit.decide(store, [kit.comment(store)], kit.unscored)
    await kit.requeue(store)
    (old,) = await kit.take(store)
    await intake.edit(store, kit.comment(store, text="a rainy day"), 600)
    assert (await kit.record(store, [kit.approved(old)]))[0].code == "late"
    (new,) = await kit.take(store)
    assert (new.again, new.revision) == (False, 2)
    assert (await kit.record(store, [kit.unscored(new)]))[0].code == "recorded"


async def test_two_late_tries_leave_one_release(store: Store) -> None:
    """A slow holder of an earlier try may still answer: once, and without a stray entry."""
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.unscored)
    await kit.requeue(store)
    (slow,) = await kit.take(store, "w1")
    (again,) = await kit.reclaim(store, "w2")
    await kit.record(store, [kit.unscored(again)])
    await kit.requeue(store)
    assert (await kit.record(store, [kit.approved(slow)]))[0].code == "recorded"
    assert await kit.take(store) == []
    assert await kit.requeue(store) == 0
    assert sum(depth.entries for depth in await queue.depths(store, 0)) == 0
    assert len(await reading.trail(store, comment)) == 3


async def test_every_interleaving_has_one_decision_a_revision(store: Store) -> None:
    """Edits, reclaims and double records in each order: at most one machine decision a text."""
    steps = ("record first", "record reclaimed", "edit", "record edited")
    for number, order in enumerate(itertools.permutations(steps)):
        name = f"i{number}"
        await kit.accept(store, kit.comment(store, name))
        (first,) = await kit.take(store, "w1")
        (reclaimed,) = await kit.reclaim(store, "w2")
        edited: list[queue.Job] = []
        for step in order:
            if step == "record first":
                await kit.record(store, [kit.approved(first)])
            elif step == "record reclaimed":
                await kit.record(store, [kit.held(reclaimed)])
            elif step == "edit":
                await intake.edit(store, kit.comment(store, name, "a rainy day"), 600)
                edited = await kit.take(store, "w3")
            else:
                await kit.record(store, [kit.approved(job) for job in edited])
        trail = await reading.trail(store, first.comment)
        revisions = [event["revision"] for event in trail if event["type"] == "decided"]
        assert len(revisions) == len(set(revisions))
        left = [job for job in await kit.reclaim(store, "w4") if job.comment == first.comment]
        decided_now = (await kit.state(store, first.comment))["st"] == "d"
        assert decided_now != bool(left)  # decided, or still there to be decided
        await kit.record(store, [kit.held(job) for job in left])


async def test_the_queue_learns_how_fast_it_drains(store: Store) -> None:
    names = kit.names_on(store, 0, 40)
    await kit.accept(store, *(kit.comment(store, name) for name in names[:30]))
    jobs = await kit.take(store)
    await kit.record(store, [kit.approved(job) for job in jobs])
    rate = await store.redis.hgetall("{s0}:rate")
    assert int(rate["n"]) == 30
    await store.redis.hset("{s0}:rate", "b", 1)  # those were decided in an earlier ten seconds
    await kit.accept(store, kit.comment(store, names[30]))
    await kit.record(store, [kit.approved(job) for job in await kit.take(store)])
    rate = await store.redis.hgetall("{s0}:rate")
    assert (float(rate["r"]), int(rate["n"])) == (3.0, 1)


async def test_recording_nothing_is_nothing(store: Store) -> None:
    options = {"hold_back_ms": 0, "approved_ttl_ms": 0, "again_s": (1.0,)}
    assert await decisions.record(store, 0, [], **options) == []  # type: ignore[arg-type]


async def test_what_just_happened_is_told_to_those_who_wait(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    entries = await store.redis.xrange(f"{{s{store.shard(comment)}}}:ev")
    told = [(e["id"], e["ver"], e["site"], e["type"]) for _, e in entries]
    assert told == [(comment, "2", "news", "decided")]
    assert "fine day" not in json.dumps(entries)
