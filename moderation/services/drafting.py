"""Policies changed by people: drafts, what is wrong with them, and a draft put into force.

Saving a draft changes nothing that decides. A draft is applied only as the version after the one
that it began from, so that nobody's change is overwritten unseen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moderation.domain.errors import InvalidError, NotFoundError
from moderation.domain.people import Person, Right
from moderation.domain.policy import Policy, parse_policy
from moderation.domain.scores import KNOWN_LABELS
from moderation.settings import Settings
from moderation.store import drafts, log, policies, replays
from moderation.store.drafts import Draft
from moderation.store.log import Actor
from moderation.store.replays import Told
from moderation.store.store import Store

#: Characters of a draft: some thousand words of its rules' lists.
MOST_SOURCE = 100_000
MOST_NOTE = 500
#: Entries of the log that are looked through for who applied a version.
_LOOKED_THROUGH, _AT_ONCE = 10_000, 1000


@dataclass(frozen=True, slots=True)
class Checked:
    """What a draft's TOML says: a policy, or every fault. `warnings`: of `warnings_of`."""

    policy: Policy | None
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def warnings_of(policy: Policy) -> Iterator[str]:
    """Yield what is allowed and holds every comment: a label that nothing gives, a threshold 0."""
    for label in sorted(policy.labels() - KNOWN_LABELS):
        yield f"no model that ships gives {label!r}; it would hold everything"
    for section in (None, *policy.sections):
        for label, threshold in policy.thresholds_for(section).items():
            if threshold == 0:
                yield f"{label} is held from 0{f' in {section}' if section else ''}: everything is"


def check(name: str, source: str) -> Checked:
    """Return what a draft of the policy `name` is, as `moderation policy check` would say."""
    try:
        found = parse_policy(source)
    except InvalidError as error:
        return Checked(None, tuple(str(error).splitlines()))
    warnings = tuple(warnings_of(found))
    if found.name != name:
        renamed = f"name: this is the draft of {name}; a policy keeps its name"
        return Checked(None, (renamed,), warnings)
    return Checked(found, warnings=warnings)


@dataclass(frozen=True, slots=True)
class Drafting:
    """The use case of one process."""

    store: Store
    settings: Settings

    def sites_of(self, name: str) -> list[str]:
        """Return the sites that a policy decides for."""
        return [site for site, one in self.settings.sites.items() if one.policy == name]

    def may_see(self, person: Person, name: str) -> bool:
        """Return whether a policy decides for a site that this person sees; else only for all."""
        sites = self.sites_of(name)
        return person.sites is None or any(person.may_see(site) for site in sites)

    def may_change(self, person: Person, name: str) -> bool:
        """Return whether this person may change a policy: they see every site it decides for."""
        seen = self.may_see(person, name) and all(map(person.may_see, self.sites_of(name)))
        return person.may(Right.POLICY) and seen

    async def listed(self, person: Person) -> list[tuple[str, int]]:
        """Return the name and the current version of each policy that somebody may see."""
        found = await policies.listed(self.store)
        return [(name, current) for name, current, _ in found if self.may_see(person, name)]

    async def applied(self, name: str, versions: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Return who applied which version, by the log's entries, as far as it still tells."""
        wanted, found = set(versions), dict[int, dict[str, Any]]()
        async for entry in self._told(name):
            if entry["version"] in wanted:
                found.setdefault(entry["version"], entry)
            if found.keys() == wanted:
                break
        return found

    async def made_of(self, name: str, draft: str, source: str) -> int | None:
        """Return the version that was made of a draft (its id) with just this text, else None.

        By the log's entries: None, too, where they no longer tell.
        """
        policy = check(name, source).policy
        async for entry in self._told(name):
            if entry.get("draft") == draft:
                made = await policies.version(self.store, name, entry["version"])
                return int(entry["version"]) if made == policy else None
        return None

    async def _told(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the log's latest entries of versions of a policy, newest first."""
        before = None
        for _ in range(0, _LOOKED_THROUGH, _AT_ONCE):
            entries, before = await log.read(self.store, before, _AT_ONCE)
            for entry in entries:
                if entry["type"] == "policy_applied" and entry["policy"] == name:
                    yield entry
            if before is None:
                return

    async def keep(self, name: str, source: str, *, began_from: int, seen: str, by: Actor) -> Draft:
        """Keep a draft, faults and all, in place of the one that was seen; empty: there was none.

        Raises InvalidError for one that is too long, ConflictError, NotFoundError.
        """
        if len(source) > MOST_SOURCE:
            raise InvalidError(f"a draft has at most {MOST_SOURCE:,} characters")
        await drafts.save(self.store, name, source, began_from=began_from, seen=seen, by=by)
        return await self.draft(name)

    async def draft(self, name: str) -> Draft:
        """Return a policy's draft. Raises NotFoundError."""
        found = await drafts.find(self.store, name)
        if found is None:
            raise NotFoundError("the draft is gone: somebody applied or dropped it")
        return found

    def counts(self, told: Told | None, policy: Policy) -> bool:
        """Return whether a replay shows what `policy` would do.

        It was of just this content, over a site that the policy decides for, and seen through.
        """
        if told is None or told.site not in self.sites_of(policy.name):
            return False
        return told.state == "done" and told.digest == policy.digest()

    async def apply(self, draft: Draft, *, note: str, unreplayed: bool, by: Actor) -> int:
        """Put a draft into force and return its version.

        `unreplayed`: that it was not replayed is a choice. Raises InvalidError for a draft with
        faults or without a replay, and for a note that is none; ConflictError, NotFoundError.
        """
        if len(note) > MOST_NOTE or not note.isprintable():
            raise InvalidError(f"a note has at most {MOST_NOTE} characters, all on one line")
        found = check(draft.policy, draft.source)
        if found.policy is None:
            raise InvalidError("the draft has faults")
        told = await replays.find(self.store, draft.policy)
        over = told.site if told and self.counts(told, found.policy) else None
        if not (over or unreplayed):
            raise InvalidError("no replay has shown yet what this draft would do")
        return await policies.apply_draft(
            self.store, found.policy, draft, by=by, note=note, over=over
        )
