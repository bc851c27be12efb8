"""Reading: pages that show each held comment once, a feed that misses no decision."""

from __future__ import annotations

import asyncio
import random

import pytest

from moderation.store import reading
from moderation.store.reading import read_feed
from moderation.store.store import Store
from moderation.store.tail import Happening, Tail
from tests.contract import store_kit as kit

#: Few values, so that many comments tie.
SCORES = (0.6, 0.75, 1 / 3, 0.9)


async def hold_many(store: Store, count: int) -> dict[str, float]:
    """Hold `count` comments, in a few goes; return their scores by id."""
    scores: dict[str, float] = {}
    for start in range(0, count, 50):
        new = [kit.comment(store, str(n), author=f"au{n % 3}") for n in range(start, start + 50)]
        chosen = {one.id: SCORES[at % len(SCORES)] for at, one in enumerate(new)}
        await kit.decide(store, new, lambda job, chosen=chosen: kit.held(job, chosen[job.comment]))
        scores |= chosen
    return scores


async def positions(store: Store, order: str) -> dict[str, tuple[float, str]]:
    """Where each held comment stands in an order, read straight from the indexes."""
    found = {}
    for key in reading.held_indexes(store, kit.SITE, order, None).values():
        for comment, score in await store.redis.zrange(key, 0, -1, withscores=True):
            found[comment] = (score, comment)
    return found


@pytest.mark.parametrize("order", ["age", "scr", "pri"])
async def test_every_held_comment_once_while_others_are_decided(store: Store, order: str) -> None:
    dice = random.Random(order)
    await hold_many(store, 150)
    places = await positions(store, order)
    indexes = reading.held_indexes(store, kit.SITE, order, None)
    seen: list[str] = []
    decided: set[str] = set()
    after = None
    while True:
        ids, after = await reading.page(store, indexes, after, 7, ())
        seen += ids
        if after is None:
            break
        assert 0 < len(ids) <= 7
        # Somebody decides the last one shown (where the next page starts) and two others.
        rest = sorted(set(places) - decided - {ids[-1]})
        for comment in {ids[-1], *dice.sample(rest, 2)}:
            assert (await kit.resolve(store, kit.says(comment, 2)))[0] == "recorded"
            decided.add(comment)
    assert len(seen) == len(set(seen))
    assert set(places) - decided <= set(seen)
    assert seen == sorted(seen, key=lambda comment: places[comment])


async def test_the_orders_are_what_they_say(store: Store) -> None:
    scores = await hold_many(store, 100)
    received = {comment: int((await kit.state(store, comment))["rcv"]) for comment in scores}
    assert await kit.held_ids(store, "age") == sorted(scores, key=lambda c: (received[c], c))
    assert await kit.held_ids(store, "scr") == sorted(scores, key=lambda c: (-scores[c], c))
    six_hours = 6 * 3_600_000
    urgent = {c: received[c] - round(scores[c] * six_hours) for c in scores}
    assert await kit.held_ids(store, "pri") == sorted(scores, key=lambda c: (urgent[c], c))


@pytest.mark.parametrize("count", [1, 2, 49, 50, 51])
async def test_page_sizes_at_the_edges(store: Store, count: int) -> None:
    scores = await hold_many(store, 50)
    pages = await kit.held_pages(store, "scr", count=count)
    shown = [comment for ids in pages for comment in ids]
    assert len(shown) == len(set(shown)) == len(scores)
    assert max(map(len, pages)) <= count


async def test_filters(store: Store) -> None:
    new = [kit.comment(store, str(n), author=f"au{n % 3}", article=f"a{n % 2}") for n in range(24)]
    rules = [kit.held, kit.unscored, lambda job: kit.held(job, detail="clown at 0-5")]
    by_id = {one.id: rules[at % 3] for at, one in enumerate(new)}
    await kit.decide(store, new, lambda job: by_id[job.comment](job))
    ids = [one.id for one in new]

    async def found(**wanted: str) -> set[str]:
        return set(await kit.held_ids(store, count=5, **wanted))

    assert await found(why="unscored") == set(ids[1::3])
    assert await found(why="suspect_word") == set(ids[2::3])
    assert await found(why="toxicity") == set(ids[0::3]) | set(ids[2::3])
    assert await found(why="toxi") == await found(why="") == set()
    assert await found(aut="au0") == set(ids[0::3])
    assert await found(aut="au0", why="unscored") == set()
    assert await found(aut="au1", why="unscored") == set(ids[1::3])
    assert set(await kit.held_ids(store, "age", article="a0")) == set(ids[0::2])
    assert set(await kit.held_ids(store, "age", article="a0", aut="au0")) == set(ids[0::6])


async def test_rare_matches_are_found_once_and_in_order_by_bounded_scans(store: Store) -> None:
    count = 30 * store.shards if store.shards > 1 else 80
    new = [kit.comment(store, str(n), author="rare" if n % 9 == 4 else None) for n in range(count)]
    ids = await kit.decide(store, new)
    pages = await kit.held_pages(store, "age", count=5, scan=3, aut="rare")
    shown = [comment for page in pages for comment in page]
    places = await positions(store, "age")
    assert shown == sorted(ids[4::9], key=lambda comment: places[comment])
    assert [] in pages[:-1]  # an empty page that still says where to go on


async def test_other_sites_are_in_no_page(store: Store) -> None:
    await kit.decide(store, [kit.comment(store, "1", site="blog")])
    (mine,) = await kit.decide(store, [kit.comment(store, "1")])
    assert await kit.held_ids(store) == [mine]


async def test_an_empty_queue_is_one_empty_page(store: Store) -> None:
    assert await kit.held_pages(store) == [[]]


async def test_the_feed_has_every_decision_in_each_comments_order(store: Store) -> None:
    ids = await kit.decide(store, [kit.comment(store, str(n)) for n in range(30)])
    dice = random.Random(1)
    versions = dict.fromkeys(ids, 2)
    seen: list[tuple[str, int]] = []
    position: dict[int, str] = {}
    for _ in range(1000):
        rows, position = await read_feed(store, kit.SITE, position, 4)
        seen += rows
        if len(seen) < 70:  # decisions go on while it is read
            for comment in dice.sample(ids, 3):
                said = kit.says(comment, versions[comment], "reject")
                assert (await kit.resolve(store, said))[0] == "recorded"
                versions[comment] += 1
        elif not rows:
            break
    expected = {(c, v) for c, newest in versions.items() for v in range(2, newest + 1)}
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    for comment in ids:
        mine = [version for who, version in seen if who == comment]
        assert mine == sorted(mine)


async def test_the_feed_of_a_quiet_store_is_in_order_over_shards(store: Store) -> None:
    ids = [(await kit.decide(store, [kit.comment(store, str(n))]))[0] for n in range(20)]
    times = {one: (await reading.trail(store, one))[-1]["at"] for one in ids}
    rows, position = await read_feed(store, kit.SITE, {}, 99)
    shown = [comment for comment, _ in rows]
    assert [times[comment] for comment in shown] == sorted(times.values())
    assert await read_feed(store, kit.SITE, position, 99) == ([], position)
    assert (await read_feed(store, "blog", {}, 99))[0] == []


async def test_reading_keeps_the_order_that_was_asked_for(store: Store) -> None:
    ids = await kit.decide(store, [kit.comment(store, str(n), f"day {n}") for n in range(9)])
    await kit.erase(store, ids[4], 2)
    asked = [ids[8], "c_unknown", ids[4], ids[0]]
    records = await reading.read(store, asked, with_text=True)
    assert [record and record.id for record in records] == [ids[8], None, ids[4], ids[0]]
    texts = [r.submission.text if r and r.submission else None for r in records]
    assert texts == ["day 8", None, None, "day 0"]
    assert [bool(record and record.decided) for record in records] == [True, False, False, True]
    assert await reading.read(store, []) == []
    events = await reading.read_events(store, [(ids[0], 2), (ids[0], 9), ("c_unknown", 1)])
    assert [bool(event) for event in events] == [True, False, False]


async def test_the_tail_tells_what_is_decided_and_erased_from_now_on(store: Store) -> None:
    name, other = kit.names_on(store, 0, 2)
    await kit.decide(store, [kit.comment(store, name)])
    tail = Tail(store, 0)
    await tail.start()
    (comment,) = await kit.decide(store, [kit.comment(store, other)])
    assert await tail.next(1) == [Happening(comment, 2, "news", "decided")]
    waiting = asyncio.create_task(tail.next(5000))
    await asyncio.sleep(0)
    await kit.erase(store, comment, 2)
    async with asyncio.timeout(4):
        assert await waiting == [Happening(comment, 3, "news", "erased")]


async def test_a_tail_of_an_empty_store_starts_at_its_beginning(store: Store) -> None:
    tail = Tail(store, 0)
    assert await tail.next(1) == []
    (comment,) = await kit.decide(store, [kit.comment(store, kit.names_on(store, 0, 1)[0])])
    assert [(one.comment, one.version) for one in await tail.next(1)] == [(comment, 2)]
