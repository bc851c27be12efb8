"""Going through what is held, from the newest on: each comment once, however the places fall."""

from __future__ import annotations

from moderation.store import held_texts, second_thoughts
from moderation.store.held_texts import ESCALATED, WAITING, Place
from moderation.store.second_thoughts import Act
from moderation.store.store import Store
from tests.contract import store_kit as kit

BOTH = (WAITING, ESCALATED)


async def walked(store: Store, count: int, orders: tuple[str, ...] = BOTH) -> list[str]:
    """Return what is passed on a walk in steps of `count`."""
    found, place = list[Place](), None
    while some := await held_texts.older(store, kit.SITE, orders, place, count):
        assert len(some) <= count
        found += some
        place = some[-1]
    assert found == sorted(found, reverse=True)
    return [comment for _, comment in found]


async def escalate(store: Store, comment: str) -> None:
    act = Act(comment=comment, site=kit.SITE, expected_version=2, actor_id="ada",
              actor_name="Ada L.")  # fmt: skip
    assert (await second_thoughts.escalate(store, act, None))[0] == "recorded"


async def test_each_is_passed_once_also_where_many_came_in_one_millisecond(store: Store):
    new = [kit.comment(store, str(number)) for number in range(40)]  # accepted together
    new.append(kit.comment(store, "elsewhere", site="blog"))
    ids = (await kit.decide(store, new))[:-1]
    for count in (1, 7, 40, 100):
        assert sorted(await walked(store, count)) == sorted(ids)


async def test_escalated_ones_are_passed_where_they_are_asked_for(store: Store):
    first, second, third = await kit.decide(
        store, [kit.comment(store, str(number)) for number in range(3)]
    )
    await escalate(store, second)
    assert sorted(await walked(store, 2)) == sorted([first, second, third])
    assert sorted(await walked(store, 2, (WAITING,))) == sorted([first, third])
    assert await held_texts.counts(store, kit.SITE, BOTH, None) == (3, 0)
    assert await held_texts.counts(store, kit.SITE, (WAITING,), None) == (2, 0)
    behind_all = (1e14, "c_")
    assert await held_texts.counts(store, kit.SITE, BOTH, behind_all) == (3, 3)


async def test_what_is_decided_between_two_steps_moves_nothing(store: Store):
    for number in range(6):
        await kit.decide(store, [kit.comment(store, str(number))])
    ids = await walked(store, 100)
    (_, place) = await held_texts.older(store, kit.SITE, BOTH, None, 2)
    await kit.resolve(store, kit.says(ids[1], 2))  # the place itself is left
    await kit.resolve(store, kit.says(ids[3], 2))
    left = await held_texts.older(store, kit.SITE, BOTH, place, 10)
    assert [comment for _, comment in left] == [ids[2], *ids[4:]]


async def test_a_text_that_is_gone_has_no_payload(store: Store):
    kept, gone = await kit.decide(store, [kit.comment(store, "1"), kit.comment(store, "2")])
    await kit.erase(store, gone, 2)
    found = await held_texts.payloads(store, [gone, kept])
    assert found[0] is None
    assert "a fine day" in (found[1] or "")
    assert await walked(store, 10) == [kept]
