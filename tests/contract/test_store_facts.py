"""What the store knows beside comments: policies, API keys, and the past of authors and texts."""

from __future__ import annotations

import asyncio

import pytest

from moderation.domain.comment import Author, Submission
from moderation.domain.errors import NotFoundError
from moderation.domain.policy import parse_policy
from moderation.store import api_keys, policies
from moderation.store import past as facts
from moderation.store.log import SERVICE
from moderation.store.past import Past
from moderation.store.store import Store
from tests.contract import store_kit as kit


def policy(threshold: float, name: str = "default") -> policies.Policy:
    return parse_policy(f'name = "{name}"\n[thresholds]\ntoxicity = {threshold}\n')


async def test_policy_versions_are_numbered_and_stay(store: Store) -> None:
    assert [await policies.apply(store, policy(t), by=SERVICE) for t in (0.5, 0.6, 0.5)] == [
        1,
        2,
        3,
    ]
    assert await policies.current(store, "default") == (policy(0.5), 3)
    assert [await policies.version(store, "default", n) for n in (1, 2)] == [
        policy(0.5),
        policy(0.6),
    ]


async def test_the_same_policy_again_is_no_new_version(store: Store) -> None:
    assert [await policies.apply(store, policy(0.5), by=SERVICE) for _ in range(3)] == [1, 1, 1]
    await policies.apply(store, policy(0.5, "strict"), by=SERVICE)
    assert await policies.listed(store) == [("default", 1, 1), ("strict", 1, 1)]


async def test_two_who_apply_at_once_get_two_versions(store: Store) -> None:
    numbers = await asyncio.gather(
        *(policies.apply(store, policy(at / 100), by=SERVICE) for at in range(1, 21))
    )
    assert sorted(numbers) == list(range(1, 21))
    for at, number in enumerate(numbers, start=1):
        assert await policies.version(store, "default", number) == policy(at / 100)


async def test_an_unknown_policy_or_version_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        await policies.current(store, "default")
    await policies.apply(store, policy(0.5), by=SERVICE)
    with pytest.raises(NotFoundError):
        await policies.version(store, "default", 2)


def parts(key: str) -> tuple[str, str]:
    """Return a key's id and secret."""
    _, key_id, secret = key.split("_", 2)
    return key_id, secret


async def test_a_key_is_shown_once_and_stored_hashed(store: Store) -> None:
    key = await api_keys.add(store, "news", ("submit", "moderate"), "the CMS", 1000, by=SERVICE)
    key_id, secret = parts(key)
    known = await api_keys.find(store, key_id)
    assert known is not None
    assert (known.site, known.scopes, known.name) == ("news", ("submit", "moderate"), "the CMS")
    assert known.is_active(10**15)
    assert api_keys.matches(known, secret)
    assert not [v for v in (await kit.everything(store)).values() if secret in v]
    for wrong in ("", secret[:-1], secret + "x", "\udcff", "é"):
        assert not api_keys.matches(known, wrong)


async def test_ids_that_no_key_has(store: Store) -> None:
    for unknown in ("", "nothing", "é", "\udcff"):
        assert await api_keys.find(store, unknown) is None
    with pytest.raises(NotFoundError):
        await api_keys.rotate(store, "nothing", 1000, 1, by=SERVICE)
    with pytest.raises(NotFoundError):
        await api_keys.revoke(store, "nothing", by=SERVICE)


async def test_a_rotated_key_has_a_successor_and_an_end(store: Store) -> None:
    old_id, _ = parts(await api_keys.add(store, "news", ("submit",), "the CMS", 1000, by=SERVICE))
    new_id, secret = parts(await api_keys.rotate(store, old_id, 5000, 2000, by=SERVICE))
    old, new = await api_keys.find(store, old_id), await api_keys.find(store, new_id)
    assert old is not None
    assert new is not None
    assert (new.site, new.scopes, new.name) == (old.site, old.scopes, old.name)
    assert api_keys.matches(new, secret)
    assert not api_keys.matches(old, secret)
    assert (old.is_active(6999), old.is_active(7000), new.is_active(10**15)) == (True, False, True)
    with pytest.raises(NotFoundError):
        await api_keys.rotate(store, old_id, 5000, 7000, by=SERVICE)
    assert [key.id for key in await api_keys.listed(store)] == [old_id, new_id]


async def test_a_key_rotated_without_grace_ends_at_once(store: Store) -> None:
    key_id, _ = parts(await api_keys.add(store, "news", ("submit",), "", 0, by=SERVICE))
    await api_keys.rotate(store, key_id, 0, 0, by=SERVICE)
    old = await api_keys.find(store, key_id)
    assert old is not None
    assert not old.is_active(1)


async def test_a_revoked_key_is_gone(store: Store) -> None:
    key_id, _ = parts(await api_keys.add(store, "news", ("submit",), "", 1, by=SERVICE))
    await api_keys.revoke(store, key_id, by=SERVICE)
    assert await api_keys.find(store, key_id) is None
    assert await api_keys.listed(store) == []


def by(author: str | None, text: str = "a fine day", site: str = "news") -> Submission:
    return Submission(site=site, text=text, author=Author(id=author))


async def past(store: Store, *asked: tuple[str, Submission, int], window_ms: int = 0) -> list[Past]:
    rows = [(comment, said, at, window_ms) for comment, said, at in asked]
    return await facts.look_up(store, rows)


async def test_an_author_is_new_until_a_comment_of_theirs_is_approved(store: Store) -> None:
    assert await past(store, ("c1", by("ada"), 1)) == [Past(first_time=True, repeats=0)]
    assert await past(store, ("c2", by("ada"), 2)) == [Past(first_time=True, repeats=0)]
    await facts.note_approvals(store, [("c1", "news", "ada", 3)], keep_ms=600_000)
    answers = await past(
        store, ("c1", by("ada"), 1), ("c3", by("ada"), 4), ("c4", by("bob"), 4),
        ("c5", by("ada", site="blog"), 4), ("c6", by(None), 4),
    )  # fmt: skip
    # Its own approval does not count: scored again, the first comment is still the first.
    assert [answer.first_time for answer in answers] == [True, False, True, True, False]


async def test_an_approval_that_is_taken_back_does_not_count(store: Store) -> None:
    await facts.note_approvals(store, [("c1", "news", "ada", 1)], keep_ms=600_000)
    await facts.forget_approval(store, "c1", "blog", "ada")
    assert not (await past(store, ("c2", by("ada"), 2)))[0].first_time
    await facts.forget_approval(store, "c1", "news", "ada")
    assert (await past(store, ("c2", by("ada"), 2)))[0].first_time


async def test_a_text_is_counted_within_its_window_once_a_comment(store: Store) -> None:
    spam = by("ada", "buy a hat")
    for number, at in enumerate((1000, 2000, 3000), start=1):
        for _ in range(2):  # looked up twice, as when a comment is scored again
            (answer,) = await past(store, (f"c{number}", spam, at), window_ms=60_000)
            assert answer.repeats == number
    (later,) = await past(store, ("c4", spam, 62_500), window_ms=60_000)
    assert later.repeats == 2  # the third and itself
    others = await past(
        store, ("c5", by("bob", "buy a hat"), 62_600), ("c6", by("bob", "buy two hats"), 62_600),
        ("c7", by("bob", "buy a hat", "blog"), 62_600), window_ms=60_000,
    )  # fmt: skip
    assert [answer.repeats for answer in others] == [3, 1, 1]


async def test_the_past_expires_and_can_be_forgotten(store: Store) -> None:
    said = by("author-sparrow", "a fine sparrow day")
    await past(store, ("c_first", said, 1), window_ms=60_000)
    await facts.note_approvals(store, [("c_first", "news", "author-sparrow", 1)], keep_ms=600_000)
    noted = [key for key in await kit.all_keys(store) if key.split(":")[1] in {"ao", "rt"}]
    assert len(noted) == 2
    assert all([0 < await store.redis.pttl(key) <= 600_000 for key in noted])
    assert not [v for v in (await kit.everything(store)).values() if "sparrow" in v]
    await facts.forget_approval(store, "c_first", "news", "author-sparrow")
    await facts.forget_text(store, "c_first", said)
    assert not [v for v in (await kit.everything(store)).values() if "c_first" in v]


async def test_an_author_is_remembered_by_a_bounded_number_of_comments(store: Store) -> None:
    rows = [(f"c{n}", "news", "ada", n) for n in range(1, 1101)]
    await facts.note_approvals(store, rows, keep_ms=600_000)
    sizes = [
        await store.redis.zcard(k) for k in await kit.all_keys(store) if k.split(":")[1] == "ao"
    ]
    assert sizes == [100]
    assert await past(store) == []
