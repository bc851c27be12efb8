"""Policy versions: written once, numbered, never changed; one of them is current."""

from __future__ import annotations

from moderation.domain.errors import ConflictError, NotFoundError
from moderation.domain.policy import Policy
from moderation.store import keys, log
from moderation.store.drafts import Draft
from moderation.store.log import Actor
from moderation.store.store import Store, down_on_error


async def current(store: Store, name: str) -> tuple[Policy, int]:
    """Return the policy and its current version. Raises NotFoundError."""
    async with down_on_error():
        number = await store.redis.hget(keys.policy(name), "current")
    if number is None:
        raise NotFoundError(f"no policy is called {name}")
    return await version(store, name, int(number)), int(number)


async def version(store: Store, name: str, number: int) -> Policy:
    """Return one version of a policy. Raises NotFoundError."""
    async with down_on_error():
        raw = await store.redis.hget(keys.policy(name), str(number))
    if raw is None:
        raise NotFoundError(f"policy {name} has no version {number}")
    return Policy.model_validate_json(raw)


async def apply(store: Store, policy: Policy, *, by: Actor, only_new: bool = False) -> int:
    """Make `policy` the current version of its name and return the current version's number.

    The same content as the current one makes no new version. `only_new` leaves a name that the
    store knows already as it is.
    """
    said = log.entry("policy_applied", by, policy=policy.name)
    args = (policy.name, policy.canonical(), "1" if only_new else "0", "", "", *said)
    return int(await store.run("apply_policy", 0, *args))


async def apply_draft(
    store: Store, policy: Policy, draft: Draft, *, by: Actor, note: str, over: str | None
) -> int:
    """Make a draft's `policy` the version after the one that it began from; the draft is gone then.

    `note`, the draft's id and the site `over` which it was replayed, None for none, stand in the
    log. Raises ConflictError, and changes nothing, when another version was applied meanwhile or
    another draft was kept.
    """
    more = ({"site": over} if over else {}) | ({"note": note} if note else {})
    more |= {"draft": draft.id}
    said = log.entry("policy_applied", by, policy=policy.name, replayed=bool(over), **more)
    args = (policy.name, policy.canonical(), "0", draft.began_from, draft.id, *said)
    version = int(await store.run("apply_policy", 0, *args))
    if version == 0:
        raise ConflictError("another version was applied meanwhile")
    if version < 0:
        raise ConflictError("the draft was changed or applied meanwhile")
    return version


async def listed(store: Store) -> list[tuple[str, int, int]]:
    """Return (name, current version, how many versions) of every policy."""
    async with down_on_error():
        names = sorted(await store.redis.smembers(keys.POLICY_NAMES))
        return [
            (name, int(current), int(last))
            for name in names
            for current, last in [await store.redis.hmget(keys.policy(name), "current", "last")]
        ]
