"""What is counted: each text in one outcome, moved with it, once; and nobody is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from moderation.domain.advice import BINS
from moderation.domain.decision import DecidedBy, Decision, Reason, ReasonCode
from moderation.store import intake, tallies
from moderation.store.queue import Job
from moderation.store.store import Store
from tests.contract import store_kit as kit
from tests.contract.tally_kit import DAY_MS, counted, now, stands, today


def scored(decision: Decision, **scores: float) -> Callable[[Job], kit.Ruling]:
    code = ReasonCode.BELOW_THRESHOLDS
    if decision is Decision.HOLD:
        code = ReasonCode.SCORE_OVER_THRESHOLD
    label = max(scores, key=lambda name: scores[name])
    reason = Reason(code, label, scores[label], 0.5)
    return lambda job: kit.ruling(job, decision, DecidedBy.MODEL, (reason,), scores, scores[label])


async def test_a_text_is_counted_where_it_stands_and_moves_with_what_people_say(store: Store):
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.held)
    assert await stands(store) == await stands(store, tallies.HIGHEST) == {36: {"h": 1}}
    version = 2
    for decision, outcome in (("reject", "hr"), ("approve", "ha"), ("hold", "h"), ("reject", "hr")):
        await kit.resolve(store, kit.says(comment, version, decision))
        version += 1
        assert await stands(store) == {36: {outcome: 1}}
        found = await counted(store)
        assert now(found.outcomes) == {outcome: 1}
        assert now(found.whys["score_over_threshold"]) == {outcome: 1}
        assert now(found.whys["toxicity"]) == {outcome: 1}
    assert found.decisions == {"reject": 2, "approve": 1, "hold": 1}
    assert found.reversals == 2
    assert sum(found.waits) == found.waits[0] == 1  # the first decision ended the wait


async def test_every_label_has_its_own_place_and_all_together_the_highest(store: Store):
    hold = scored(Decision.HOLD, toxicity=0.55, insult=0.3, threat=0.0)
    await kit.decide(store, [kit.comment(store)], hold)
    assert await stands(store, "toxicity") == await stands(store, "*") == {22: {"h": 1}}
    assert await stands(store, "insult") == {12: {"h": 1}}
    assert await stands(store, "threat") == {0: {"h": 1}}
    assert await stands(store, "obscene") == {}


async def test_a_score_on_an_edge_belongs_to_the_part_above_it(store: Store):
    new = [kit.comment(store, str(number)) for number in range(BINS + 1)]
    scores = {one.id: number / BINS for number, one in enumerate(new)}
    await kit.decide(
        store, new, lambda job: scored(Decision.HOLD, toxicity=scores[job.comment])(job)
    )
    found = await stands(store)
    assert {at: counts["h"] for at, counts in found.items()} == {
        **dict.fromkeys(range(BINS), 1),
        BINS - 1: 2,
    }


async def test_nothing_is_counted_twice(store: Store):
    await kit.accept(store, kit.comment(store))
    (job,) = await kit.take(store)
    for code in ("recorded", "late"):
        assert (await kit.record(store, [kit.held(job)]))[0].code == code
    said = kit.says(job.comment, 2, "reject", reason="insult")
    for code in ("recorded", "already"):
        assert (await kit.resolve(store, said))[0] == code
    assert (await kit.resolve(store, kit.says(job.comment, 2, "approve")))[0] == "stale"
    found = await counted(store)
    assert (now(found.outcomes), found.decisions) == ({"hr": 1}, {"reject": 1})
    assert found.rejected_for == {"insult": 1}
    assert await stands(store) == {36: {"hr": 1}}


async def test_a_hold_without_a_score_is_counted_and_gives_way_to_what_a_score_says(store: Store):
    await kit.decide(store, [kit.comment(store)], kit.unscored)
    found = await counted(store)
    assert (now(found.outcomes), now(found.whys["unscored"])) == ({"h": 1}, {"h": 1})
    assert await stands(store) == {}
    await kit.requeue(store)
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)])
    found = await counted(store)
    assert (now(found.outcomes), now(found.whys["unscored"])) == ({"a": 1}, {})
    assert await stands(store) == {4: {"a": 1}}


async def test_another_text_of_a_comment_is_another_text(store: Store):
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.held)
    await intake.edit(store, kit.comment(store, text="a rainy day"), 600)
    await kit.resolve(store, kit.says(comment, 3, "reject"))  # before any score of it
    assert await stands(store) == {36: {"h": 1}}
    await intake.edit(store, kit.comment(store, text="a sunny day"), 600)
    (job,) = await kit.take(store)
    await kit.record(store, [kit.approved(job)])
    assert await stands(store) == {36: {"h": 1}, 4: {"a": 1}}
    assert (await counted(store)).decisions == {"reject": 1}


async def test_a_persons_figures_are_only_theirs(store: Store):
    new = [kit.comment(store, str(number)) for number in range(3)]
    ids = await kit.decide(store, new, kit.held)
    for comment, person in zip(ids, ("ada", "bob", "ada"), strict=True):
        said = kit.says(comment, 2, "reject", person=person)
        await kit.resolve(store, replace(said, via="page"))
    assert (await counted(store, "ada")).own == {"reject": 2}
    assert (await counted(store, "bob")).own == {"reject": 1}
    assert (await counted(store, "cyd")).own == {}


async def test_who_is_relayed_by_a_key_has_no_figures(store: Store):
    (comment,) = await kit.decide(store, [kit.comment(store)])
    await kit.resolve(store, kit.says(comment, 2, "reject"))
    assert (await counted(store)).own == {}


async def test_counts_name_no_comment_and_go_in_time(store: Store):
    await tallies.configure(store, keep_ms=5 * DAY_MS, sample_share=0.0)
    (comment,) = await kit.decide(store, [kit.comment(store)], kit.held)
    await kit.resolve(store, kit.says(comment, 2, "reject", reason="insult", note="a note"))
    names = [key for key in await kit.all_keys(store) if re.search(r"}:t:", key)]
    assert len(names) == 3
    kept = str([(name, await store.redis.hgetall(name)) for name in names])
    for secret in (comment, "fine day", "a note", "Ada"):
        assert secret not in kept
    for name in names:
        left = await store.redis.pttl(name)
        assert 5 * DAY_MS < left <= 6 * DAY_MS


async def test_codes_that_somebody_makes_up_fill_no_memory(store: Store):
    (comment,) = await kit.decide(store, [kit.comment(store)])
    key = f"{{s{store.shard(comment)}}}:t:{kit.SITE}:{await today(store)}"
    await store.redis.hset(key, mapping={f"p:made-up-{n}": 1 for n in range(1000)})
    fields = await store.redis.hlen(key)
    await kit.resolve(store, kit.says(comment, 2, "reject", reason="one-more"))
    assert await store.redis.hlen(key) == fields + 3  # where it stands, and nothing besides


async def test_waits_are_counted_up_to_where_the_page_says(store: Store):
    for number, seconds in enumerate((0, *tallies.WAITS_S)):
        (comment,) = await kit.decide(store, [kit.comment(store, str(number))], kit.held)
        key = f"{{s{store.shard(comment)}}}:m:{comment}"
        received = int(await store.redis.hget(key, "rcv"))
        await store.redis.hset(key, "rcv", received - seconds * 1000)
        await kit.resolve(store, kit.says(comment, 2, "reject"))
        assert (await counted(store)).waits[: number + 1] == [1] * (number + 1)


async def test_what_waits_is_counted_by_age(store: Store):
    count = partial(tallies.backlog, store, kit.SITE)
    await kit.decide(store, [kit.comment(store, str(n)) for n in range(3)], kit.held)
    moment = (await today(store) + 1) * DAY_MS
    assert await count([moment, 0]) == [3, 0]


async def test_many_days_are_read_in_one_go(store: Store):
    await kit.decide(store, [kit.comment(store)], kit.held)
    last = await today(store)
    found = await tallies.read(store, kit.SITE, range(last - 89, last + 1), "ada")
    assert [day.day for day in found] == list(range(last - 89, last + 1))
    assert [sum(day.outcomes.values()) for day in found] == [0] * 89 + [1]
