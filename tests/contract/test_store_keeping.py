"""Letting go: an erased comment is found nowhere, and what is kept no longer goes in its turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moderation.domain.comment import Author, Context, Submission, comment_id, pseudonymous
from moderation.domain.errors import NotFoundError
from moderation.domain.standing import standing
from moderation.store import intake, keeping, outbox, past, reading
from moderation.store.intake import NewComment
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.contract.test_store_undoing import undo

CANARY = "kanarienvogel"


def marked(store: Store, text: str) -> NewComment:
    """Return a comment that names the canary wherever a caller may write something."""
    said = Submission(
        site=kit.SITE,
        text=f"{text} {CANARY}",
        external_id=f"ext-{CANARY}",
        author=Author(id=f"author-{CANARY}", name=f"Name {CANARY}"),
        context=Context(
            article_id=f"article-{CANARY}",
            url=f"https://cms.example/{CANARY}",
            title=CANARY,
            section=CANARY,
            parent_id=CANARY,
            parent_text=CANARY,
        ),
        callback_url=f"https://cms.example/hook/{CANARY}",
        metadata={CANARY: [CANARY]},
    )
    said = pseudonymous(said, store.secret, keep_name=True)
    return NewComment(
        id=comment_id(store.secret, kit.SITE, "external", str(said.external_id)),
        submission=said,
        idempotency_key=f"key-{CANARY}-{text}",
        callback_url=said.callback_url or "",
        lane="n",
        share=1.0,
    )


async def found(store: Store) -> list[str]:
    """The keys that name the canary, in their name or in what they hold."""
    return [key for key, value in (await kit.everything(store)).items() if CANARY in key + value]


async def sweep(store: Store, record_ttl_ms: int = kit.YEAR_MS) -> tuple[int, int]:
    swept = [await keeping.sweep(store, s, 1000, record_ttl_ms) for s in range(store.shards)]
    return sum(texts for texts, *_ in swept), sum(records for _, records, _ in swept)


async def test_an_erased_comment_is_found_in_no_key(store: Store) -> None:
    first, second = marked(store, "a fine day"), marked(store, "a rainy day")
    await kit.accept(store, first)
    (job,) = await kit.take(store)
    await past.look_up(store, [(job.comment, job.submission, job.received_ms, 60_000)])
    await kit.record(store, [kit.held(job, detail=f"{CANARY} at 11-24")])
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "dead")
    noted = kit.says(job.comment, 2, "approve", reason=CANARY, note=f"says {CANARY}")
    await kit.resolve(store, noted)
    author = str(job.submission.author.id)
    await past.note_approvals(store, [(job.comment, kit.SITE, author, 1)], keep_ms=60_000)
    await intake.edit(store, second, 600)
    (job,) = await kit.take(store)
    await kit.record(store, [kit.unscored(job)])
    assert len(await found(store)) >= 3

    assert await kit.erase(store, job.comment, 5) == ("erased", 6)
    for said in (first.submission, second.submission):
        await past.forget_approval(store, job.comment, kit.SITE, author)
        await past.forget_text(store, job.comment, said)
    assert await found(store) == []

    everything = await kit.everything(store)
    kinds = {key.split(":")[1] for key, value in everything.items() if job.comment in key + value}
    assert kinds == {"m", "e", "ev", "exp", "feed"}  # the tombstone, and that it was decided
    for hidden in (first.submission.author.id, "Ada L."):
        assert not [key for key, value in everything.items() if hidden and hidden in value]


async def test_what_was_decided_stays_known_and_by_whom(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.resolve(store, kit.says(comment, 2, "reject", note="rude"))
    before = await reading.trail(store, comment)
    await kit.erase(store, comment, 3)
    trail = await reading.trail(store, comment)
    assert [event["version"] for event in trail] == [1, 2, 3, 4]
    assert [event["at"] for event in trail[:3]] == [event["at"] for event in before]
    assert [event["type"] for event in trail] == ["received", "decided", "decided", "erased"]
    assert [event.get("decision") for event in trail] == [None, "hold", "reject", None]
    assert trail[2]["actor"] == {"id": "ada", "name": None, "via": "key1"}
    assert trail[3]["via"] == "key1"
    assert not [event for event in trail if {"scores", "reasons", "note"} & set(event)]


async def test_what_was_taken_back_stays_so(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.resolve(store, kit.says(comment, 2, "reject", person="p_ada"))
    await undo(store, comment)
    await kit.erase(store, comment, 4)
    trail = await reading.trail(store, comment)
    assert [event.get("undoes") for event in trail] == [None, None, None, 3, None]
    assert [event["version"] for event in standing(trail)] == [2]


async def test_a_late_retry_does_not_bring_it_back(store: Store) -> None:
    new = kit.comment(store, key="k")
    (comment,) = await kit.decide(store, [new])
    await kit.erase(store, comment, 2)
    for again in (new, kit.comment(store), kit.comment(store, text="a rainy day")):
        (answer,) = await kit.accept(store, again)
        assert (answer.new, answer.version) == (False, 3)
    with pytest.raises(NotFoundError):
        await intake.edit(store, kit.comment(store, text="a rainy day"), 600)
    assert (await kit.state(store, comment))["st"] == "e"
    assert await kit.take(store) == []


@pytest.mark.parametrize("stage", ["queued", "taken", "held", "unscored", "approved"])
async def test_it_leaves_every_index_at_every_stage(store: Store, stage: str) -> None:
    (accepted,) = await kit.accept(store, kit.comment(store, article="a1"))
    jobs = await kit.take(store) if stage != "queued" else []
    rule = {"held": kit.held, "unscored": kit.unscored, "approved": kit.approved}.get(stage)
    if rule:
        await kit.record(store, [rule(job) for job in jobs])
    assert (await kit.erase(store, accepted.id, 2 if rule else 1))[0] == "erased"
    assert [answer.code for answer in await kit.record(store, list(map(kit.held, jobs)))] == (
        ["late"] * len(jobs)
    )
    assert await kit.take(store) == await kit.reclaim(store) == await kit.callbacks(store) == []
    assert await kit.held_ids(store) == await kit.held_ids(store, "age", article="a1") == []
    assert await kit.requeue(store) == 0
    pending = await reading.page(store, reading.pending_indexes(store, "news"), None, 9, ())
    assert pending == ([], None)


async def test_erasing_needs_the_version_that_was_read(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    assert await kit.erase(store, comment, 1) == ("changed", 2)
    assert await kit.erase(store, comment, 2, site="blog") == ("missing", 0)
    assert await kit.erase(store, "c_unknown", 1) == ("missing", 0)
    assert await kit.held_ids(store) == [comment]
    answers = await asyncio.gather(*(kit.erase(store, comment, 2) for _ in range(4)))
    assert sorted(answers) == [("already", 3)] * 3 + [("erased", 3)]
    assert len(await reading.trail(store, comment)) == 3


async def test_an_approved_text_goes_first_and_its_record_later(store: Store) -> None:
    await kit.accept(store, kit.comment(store, callback=None))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)], approved_ttl_ms=0)
    assert await sweep(store) == (1, 0)
    (record,) = await reading.read(store, [job.comment], with_text=True)
    assert record is not None
    assert record.submission is None
    assert "sha" not in record.state
    assert record.decided is not None
    assert await sweep(store) == (0, 0)  # its record's time has not come
    (again,) = await kit.accept(store, kit.comment(store, callback=None))
    assert not again.new


async def test_a_record_goes_with_all_that_belongs_to_it(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)], approved_ttl_ms=0)
    (callback,) = await kit.callbacks(store)
    await kit.settle(store, callback, "dead")
    assert await outbox.counts(store) == (0, 1)
    for key in await kit.all_keys(store):
        if key.endswith(":exp"):
            await store.redis.zadd(key, {job.comment: 1})
    assert await sweep(store, record_ttl_ms=0) == (1, 0)
    assert await sweep(store, record_ttl_ms=0) == (0, 1)
    assert await reading.read(store, [job.comment]) == [None]
    assert await reading.trail(store, job.comment) == []
    assert await outbox.counts(store) == (0, 0)
    assert await sweep(store, record_ttl_ms=0) == (0, 0)


async def test_a_text_stays_while_its_callback_waits(store: Store) -> None:
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)], approved_ttl_ms=0)
    assert await sweep(store) == (0, 0)
    (callback,) = await kit.callbacks(store)
    done = outbox.Settlement(callback, "delivered")
    await outbox.settle(store, callback.shard, [done], approved_ttl_ms=0)
    assert await sweep(store) == (1, 0)


async def test_what_is_held_or_pending_stays(store: Store) -> None:
    ids = await kit.decide(store, [kit.comment(store, "1", callback=None)])
    ids += [one.id for one in await kit.accept(store, kit.comment(store, "2", callback=None))]
    assert await sweep(store, record_ttl_ms=0) == (0, 0)
    records = await reading.read(store, ids, with_text=True)
    assert all(record and record.submission for record in records)


async def test_a_text_that_a_person_decided_has_its_own_time(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, callback=None)])
    await kit.resolve(store, kit.says(comment, 2, "reject"))
    assert await sweep(store) == (0, 0)
    await kit.resolve(store, kit.says(comment, 3, "approve"), ttl_ms=0)
    assert await sweep(store) == (1, 0)


async def test_an_edit_takes_a_comment_out_of_the_sweep(store: Store) -> None:
    await kit.accept(store, kit.comment(store, callback=None))
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)], approved_ttl_ms=0)
    await intake.edit(store, kit.comment(store, text="a rainy day", callback=None), 600)
    assert await sweep(store) == (0, 0)
    (again,) = await kit.take(store)
    assert again.submission.text == "a rainy day"


async def test_a_tombstone_goes_when_its_record_would(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await keeping.erase(store, comment, kit.SITE, 2, "key1", 0)
    assert await sweep(store) == (0, 0)
    for key in await kit.all_keys(store):
        if key.endswith(":exp"):
            await store.redis.zadd(key, {comment: 1})
    assert await sweep(store, record_ttl_ms=0) == (0, 1)
    assert await reading.read(store, [comment]) == [None]


async def test_a_feed_is_trimmed_by_age(store: Store) -> None:
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(9)])
    await keeping.trim_feeds(store, [kit.SITE], 1000)
    rows, _ = await reading.read_feed(store, kit.SITE, {}, 99)
    assert len(rows) == 9
    for key in await kit.all_keys(store):
        if ":feed:" in key:
            # Approximate trimming drops whole nodes of a hundred entries only.
            for _ in range(300):
                await store.redis.xadd(key, {"id": "c_later", "ver": 2})
    newest = max([int(sid.split("-")[0]) for sid in await _feed_ids(store)])
    await keeping.trim_feeds(store, [kit.SITE], newest + 60_000)
    rows, _ = await reading.read_feed(store, kit.SITE, {}, 9999)
    assert len(rows) < 300 * store.shards


async def _feed_ids(store: Store) -> list[str]:
    keys = [key for key in await kit.all_keys(store) if ":feed:" in key]
    return [sid for key in keys for sid, _ in await store.redis.xrange(key)]


async def test_a_rewrite_is_due_until_one_was_accepted_for_every_erasure(store: Store) -> None:
    assert await keeping.rewrite_due(store) is None
    await keeping.ask_for_rewrite(store)
    covered = await keeping.rewrite_due(store)
    await keeping.ask_for_rewrite(store)
    assert covered == 1
    await keeping.note_rewrite(store, covered)
    assert await keeping.rewrite_due(store) == 2  # what came after it is still to be rewritten
    await keeping.note_rewrite(store, 2)
    assert await keeping.rewrite_due(store) is None


async def test_the_log_of_every_server_is_rewritten(store: Store) -> None:
    before = await _persistence(store)
    assert await keeping.rewrite_log(store)
    async with asyncio.timeout(30):
        while True:
            now = await _persistence(store)
            if all(n["aof_rewrites"] > b["aof_rewrites"] for n, b in zip(now, before, strict=True)):
                break
            await asyncio.sleep(0.02)
    answers = [await keeping.rewrite_log(store) for _ in range(3)]
    assert set(answers) <= {True, False}  # one that is at it already is no error


async def _persistence(store: Store) -> list[dict[str, Any]]:
    if not store.clients.is_cluster:
        return [await store.redis.info("persistence")]
    answer = await store.redis.info("persistence", target_nodes=store.redis.PRIMARIES)
    return [answer[name] for name in sorted(answer)]
