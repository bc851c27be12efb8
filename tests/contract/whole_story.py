"""A story that goes through every script, and so through every kind of key."""

from __future__ import annotations

from dataclasses import replace

from moderation.domain.people import Person, Role
from moderation.domain.policy import parse_policy
from moderation.store import (
    api_keys,
    appeals,
    claims,
    comparisons,
    drafts,
    intake,
    keeping,
    outbox,
    past,
    people,
    policies,
    reading,
    replays,
    sampling,
    second_thoughts,
    sessions,
    sign_on,
    suggestions,
    workers,
)
from moderation.store.log import SERVICE
from moderation.store.store import Store
from tests.contract import store_kit as kit


async def everything_happens(store: Store) -> None:
    """Take comments through every script there is."""
    new = [kit.comment(store, str(n), key=f"k{n}", article="a1", author="ada") for n in range(120)]
    rules = [kit.held, kit.approved, kit.unscored]
    by_id = {one.id: rules[at % 3] for at, one in enumerate(new)}
    ids = await kit.decide(store, new, lambda job: by_id[job.comment](job))
    asked = [(one.id, one.submission, 1, 60_000) for one in new]
    await past.look_up(store, asked)
    await past.note_approvals(store, [(one.id, "news", "ada", 1) for one in new], keep_ms=60_000)
    await claims.claim(store, kit.SITE, "ada", ids[::3], lease_ms=60_000)
    await claims.release(store, kit.SITE, "ada", ids[::9])
    for at in range(0, 120, 3):
        await kit.resolve(store, kit.says(ids[at], 2, "reject"))
    for comment in (await kit.decide(store, [kit.comment(store, f"e{n}") for n in range(20)]))[:10]:
        act = second_thoughts.Act(
            comment=comment, site=kit.SITE, expected_version=2, actor_id="ada", actor_name="Ada"
        )
        await second_thoughts.escalate(store, act, "please look")
        *rest, _ = await reading.trail(store, comment)
        await second_thoughts.undo(
            store,
            replace(act, expected_version=3),
            3,
            rest[1:],
            was_decided=False,
            only_within=False,
            ttl_ms=1,
            weight_hours=1.0,
        )
    for callback in await kit.callbacks(store):
        await kit.settle(store, callback, "dead" if callback.version == 2 else "delivered")
    for comment, version, _ in await outbox.dead_letters(store, 40):
        await outbox.send_again(store, comment, version, kit.SITE)
    await kit.requeue(store)
    await kit.take(store)
    side = comparisons.Side("m/1", "hold", {"toxicity": 0.9})
    for comment in ids:
        await comparisons.note(
            store, comparisons.Comparison(comment=comment, revision=1, first=side, second=side)
        )
    for at in range(0, 120, 6):
        await kit.erase(store, ids[at], 3)
        await intake.edit(store, kit.comment(store, str(at + 1), "a rainy day"), 600)
    await kit.held_ids(store, "age", article="a1", why="toxicity")
    for shard in range(store.shards):
        await keeping.sweep(store, shard, 10, kit.YEAR_MS)
    await store.redis.delete(*reading.held_indexes(store, kit.SITE, "thr", None).values())
    await keeping.complete_orders(store, kit.SITE)
    await keeping.retire_consumers(store, 60_000)
    await workers.here(store, "worker-1")
    await workers.gone(store, "worker-1")
    await workers.count(store)
    await policies.apply(
        store, parse_policy('name = "a"\n[thresholds]\ntoxicity = 0.5'), by=SERVICE
    )
    await api_keys.add(store, "news", ("submit",), "", 1, by=SERVICE)
    for at in range(1, 120, 3):
        await sampling.confirm(store, kit.says(ids[at], 2, "approve"), {})
    for number in range(20):
        said = {"toxicity": (0.9, True)}
        await suggestions.note(store, kit.SITE, f"text {number}", "elsewhere", said)
    await somebody_appeals(store)
    await somebody_signs_in(store)
    await somebody_drafts(store)


async def somebody_appeals(store: Store) -> None:
    (comment,) = await kit.decide(store, [kit.comment(store, "appealed")])
    await kit.resolve(store, kit.says(comment, 2, "reject"))
    said = appeals.NewAppeal(
        comment=comment,
        site=kit.SITE,
        statement="i meant the weather",
        idempotency_key="k",
        via="x",
    )
    await appeals.keep(store, said, 3, appealable=True, most=100, idempotency_s=60)


async def somebody_drafts(store: Store) -> None:
    policy = (await policies.current(store, "a"))[0].as_toml()
    first = await drafts.save(store, "a", policy, began_from=1, seen="", by=SERVICE)
    await drafts.drop(store, "a", first)
    await drafts.save(store, "a", policy, began_from=1, seen="", by=SERVICE)
    await replays.begin(store, "a", replays.Told("r1", "running", kit.SITE, "d", "ada", total=9))
    await replays.end(store, "a", "r1", "done")


async def somebody_signs_in(store: Store) -> None:
    ada = Person("p_ada", "Ada", Role.ADMIN)
    await people.add(store, ada, "a password's hash", by=SERVICE)
    account = await people.find(store, ada.id)
    assert account is not None
    tried = sessions.attempt(store, "ada", "127.0.0.1")
    for _ in range(3):  # so that one taken back twice would be seen
        await sessions.count(store, tried, by_name=9, by_client=9, window_ms=60_000)
    await sessions.uncount(store, tried)
    await sessions.begin(store, account, sessions.NewSession("a token", 60_000))
    await sessions.find(store, "a token")
    await sessions.offer(store, ada.id, "a code", 60_000, by=SERVICE)
    await sessions.redeem(
        store, ada.id, "a code", "hash", sessions.NewSession("another", 60_000), by=SERVICE
    )
    other = Person("p_eve", "Eve", Role.ADMIN)
    await people.add(store, other, "a password's hash", by=SERVICE)
    third = sessions.NewSession("a third", 60_000)
    await sessions.set_password(store, ada.id, "hash", "next", third, by=SERVICE)
    waits = sign_on.Pending("browser", "nonce", "verifier", "http://localhost/return", "/")
    await sign_on.begin(store, "state", waits, 60_000)
    await sign_on.take(store, "state")
    vouched = Person("p_" + "c" * 16, "", Role.MODERATOR)
    session = sessions.NewSession("a fourth", 60_000)
    await sign_on.sign_on(store, vouched, "who", ["Cleo"], session, by=SERVICE)
    await people.set_active(store, ada.id, active=False, by=SERVICE, ways=kit.EVERY_WAY)
