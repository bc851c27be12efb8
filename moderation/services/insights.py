"""What a site's moderation comes to: figures over days, advice on a threshold, a policy draft.

Read from counts, never from comments. A person's own figures are told to that person alone.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.domain import advice
from moderation.domain.decision import ReasonCode
from moderation.domain.errors import InvalidError
from moderation.domain.policy import Policy
from moderation.services.policies import PolicyBook
from moderation.store import suggestions, tallies
from moderation.store.store import Store
from moderation.store.tallies import HIGHEST, Tally

#: Upper ends of the ages that what waits is grouped by (s); more is the last.
AGES_S = (900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800)
MOST_DAYS = 366
_REASONS = frozenset(code.value for code in ReasonCode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A site over some days, and one label of its policy; HIGHEST stands for all of them.

    `days`: oldest first, today included (UTC). `bins`: how texts stand by their score, in parts of
    equal width. `told`: the same of texts that people elsewhere told of, all of them read, or those
    of the `community` that was asked for; `communities`: which there are, by short name. `waiting`:
    what is held now, by `AGES_S`.
    """

    policy: Policy
    version: int
    label: str
    days: list[Tally]
    bins: list[Counter[str]]
    told: list[Counter[str]]
    communities: dict[str, str]
    community: str
    waiting: list[int]

    @property
    def labels(self) -> list[str]:
        """Return what can be asked about: each label of the policy, and all together."""
        return [HIGHEST, *self.policy.thresholds]

    @property
    def thresholds(self) -> list[float]:
        """Return the policy's thresholds of this label: of HIGHEST, each one that it has."""
        known = self.policy.thresholds
        return sorted({known[self.label]} if self.label != HIGHEST else set(known.values()))

    def together(self) -> Tally:
        """Return the counts of all days as one."""
        found = Tally(self.days[-1].day)
        for day in self.days:
            found.outcomes.update(day.outcomes)
            found.decisions.update(day.decisions)
            found.rejected_for.update(day.rejected_for)
            found.own.update(day.own)
            found.reversals += day.reversals
            found.waits = [sum(pair) for pair in zip(found.waits, day.waits, strict=True)]
            for name, counts in day.whys.items():
                found.whys[name].update(counts)
        return found

    def table(self) -> list[advice.Row]:
        """Return what each threshold of this label would have held."""
        return advice.rows(self.bins)


def split(whys: dict[str, Counter[str]]) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Return reasons and labels apart, each with how the texts that it held stand."""
    sides: tuple[dict[str, Counter[str]], ...] = (defaultdict(Counter), defaultdict(Counter))
    for name, counts in whys.items():
        held = Counter({code: n for code, n in counts.items() if code[0] == "h" and n > 0})
        if held:
            sides[name not in _REASONS][name] = held
    return sides[0], sides[1]


@dataclass(frozen=True, slots=True)
class Insights:
    """The use case of one process."""

    store: Store
    policies: PolicyBook

    async def look(
        self, site: str, person: str, *, days: int, label: str, community: str = ""
    ) -> Overview:
        """Return the insights of a site's last days.

        Raises InvalidError for a label that its policy does not watch and for a community that is
        not known, NotFoundError and StoreDownError.
        """
        policy, version = await self.policies.for_site(site)
        _known(policy, [label])
        communities = await suggestions.communities(self.store, site)
        if community and community not in communities:
            raise InvalidError("nobody of this community said anything")
        now_s = time.time()
        today = int(now_s // 86_400)
        asked = range(today - min(days, MOST_DAYS) + 1, today + 1)
        moments = [round((now_s - age) * 1000) for age in AGES_S]
        older = await tallies.backlog(self.store, site, [round(now_s * 1000) + 1, *moments])
        return Overview(
            policy=policy,
            version=version,
            label=label,
            days=await tallies.read(self.store, site, asked, person),
            bins=await tallies.read_scores(self.store, site, asked, label),
            told=await suggestions.read(self.store, site, asked, label, community),
            communities=communities,
            community=communities.get(community, ""),
            waiting=[max(0, a - b) for a, b in zip(older, [*older[1:], 0], strict=True)],
        )

    async def draft(self, site: str, label: str, threshold: float) -> Policy:
        """Return the site's policy with another threshold for a label, HIGHEST: for all of them.

        Nothing is stored. What sections of the site have of their own stays. Raises InvalidError
        for a label that the policy does not watch, NotFoundError, StoreDownError.
        """
        policy, _ = await self.policies.for_site(site)
        _known(policy, [label])
        changed = policy.thresholds if label == HIGHEST else [label]
        thresholds = {**policy.thresholds, **dict.fromkeys(changed, threshold)}
        return Policy.model_validate({**policy.model_dump(), "thresholds": thresholds})


def _known(policy: Policy, labels: Iterable[str]) -> None:
    if not {HIGHEST, *policy.thresholds}.issuperset(labels):
        raise InvalidError("the site's policy has no threshold for this label")
