"""The insights as a page, and a policy draft to look at before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import hdrs, web
from pydantic import Field

from moderation.domain import advice
from moderation.domain.advice import ENOUGH, Estimate, Row, Suggestion
from moderation.domain.scores import in_digits
from moderation.services.insights import Insights, Overview
from moderation.store.tallies import HIGHEST
from moderation.web.review.access.session import fields
from moderation.web.review.insights import figures
from moderation.web.review.insights.figures import guessed, percent, spread
from moderation.web.review.policies.proposal import propose
from moderation.web.review.policies.versions import drafting_of
from moderation.web.review.queries import Asked, Number, asked
from moderation.web.review.visit import Visit, visit
from moderation.web.validation import validated

_DAYS = (7, 30, 90, 365)
_WISHES = (
    ("precision", "rejected, of what is held: at least"),
    ("share", "held, of all texts: at most"),
)


Label = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9_.-]{1,64})$")]


class InsightsQuery(Asked):
    """What stands behind the `?`: numbers and codes. `value` in percent."""

    days: Annotated[Number, Field(ge=1, le=366)] = 30
    label: Label = HIGHEST
    want: Literal["precision", "share"] = "precision"
    value: Annotated[Number, Field(ge=1, le=99)] = 50
    community: Annotated[str, Field(pattern=r"^([0-9a-f]{12})?$")] = ""


class DraftQuery(Asked):
    """Which threshold a draft has for which label."""

    label: Label
    threshold: Annotated[Number, Field(ge=0, le=1, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Advice:
    """`sentence` says what to do; `threshold` is None where nothing can be said."""

    sentence: str
    threshold: str | None = None


async def insights(request: web.Request) -> web.Response:
    """Show what a site's moderation comes to."""
    here, query = visit(request), asked(request, InsightsQuery)
    found = await _insights(here).look(
        here.site,
        here.person.id,
        days=int(query.days),
        label=query.label,
        community=query.community,
    )
    whole, table = found.together(), found.table()
    codes = here.reject_labels
    return here.page(
        "insights.html",
        here="insights",
        query=query,
        days=_DAYS,
        wishes=_WISHES,
        labels=[(label, figures.label_name(label)) for label in found.labels],
        communities=sorted(found.communities.items(), key=lambda one: one[1]),
        tiles=_tiles(found),
        advice=_advised(query, table, found),
        now=", ".join(map(in_digits, found.thresholds)),
        precision=figures.precision(table, found),
        figures=figures.figures(found, codes),
        own={name: whole.own[code] for code, name in _OWN},
        policy=f"{found.policy.name}, version {found.version}",
        may_edit=drafting_of(here).may_change(here.person, found.policy.name),
    )


_OWN = (
    ("approve", "approved"),
    ("reject", "rejected"),
    ("bulk", "decided in bulk"),
    ("hold", "put on hold"),
    ("undo", "taken back"),
)


async def draft(request: web.Request) -> web.Response:
    """Give the site's policy with another threshold as a file; nothing is stored or applied."""
    here, query = visit(request), asked(request, DraftQuery)
    policy = await _insights(here).draft(here.site, query.label, query.threshold)
    name = f"{policy.name}-draft.toml"
    said = (
        f"# A draft: {figures.label_name(query.label).lower()} held from {query.threshold:g}.\n"
        "# What it would have decided of what was decided:\n"
        f"#   moderation policy replay {name} --site {here.site}\n"
        "# To put it into force:\n"
        f"#   moderation policy apply {name}\n"
    )
    return web.Response(
        text=said + policy.as_toml(),
        content_type="application/toml",
        headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'},
    )


async def edit(request: web.Request) -> web.Response:
    """Lead to the policy editor with that draft."""
    here, wanted = visit(request), validated(DraftQuery, dict(fields(request)))
    policy = await _insights(here).draft(here.site, wanted.label, wanted.threshold)
    return await propose(here, policy)


def _insights(here: Visit) -> Insights:
    return Insights(here.context.store, here.context.review.policies)


def _tiles(found: Overview) -> list[tuple[str, str]]:
    """Return the figures at the top: name and value."""
    whole = found.together()
    every = whole.outcomes.total()
    held = sum(n for outcome, n in whole.outcomes.items() if outcome[0] == "h")
    agreed = advice.agreement(whole.outcomes)
    return [
        ("texts", f"{every:,}"),
        ("held", f"{held:,} ({percent(held / every)})" if every > 0 else "0"),
        ("rejected, of what was held", guessed(agreed)),
        ("rejected, of what was approved", _missed(advice.missed(found.bins))),
        ("waiting now", f"{sum(found.waiting):,}"),
        ("reversals", f"{whole.reversals:,}"),
    ]


def _missed(found: Estimate | None) -> str:
    if not found:
        return "too few of the sample were read"
    return f"{spread(found.share)}, by a sample of {found.read}"


def _advised(query: InsightsQuery, table: list[Row], found: Overview) -> Advice:
    """Return the advice on the site's own decisions, else on what people elsewhere told.

    Where a community was asked for, on what its people told.
    """
    wanted = query.value / 100
    if query.want == "share":
        if not table:
            return Advice("Nothing has a score yet, so there is nothing to advise on.")
        return _suggested(advice.for_share(table, wanted))
    if found.community or not any(row.rejected for row in table):
        told = advice.rows(found.told)
        if any(row.rejected for row in told):
            by_them = _suggested(advice.for_precision(told, wanted))
            return Advice(
                f"By what {figures.tellers(found)} said: {by_them.sentence}", by_them.threshold
            )
        return Advice(
            f"Too few decisions yet: advice needs {ENOUGH} by people on texts with a score, and of "
            "what is approved a sample that was read."
        )
    return _suggested(advice.for_precision(table, wanted))


def _suggested(found: Suggestion | None) -> Advice:
    if found is None:
        return Advice("No threshold does that, by what was decided so far.")
    at = in_digits(found.row.threshold)
    upper = in_digits(found.high) if found.high is not None else "open above"
    row = found.row
    behind = f" by {row.rejected.read:,} decisions" if row.rejected else ""
    said = (
        f"Hold from {at} (95 % range: {in_digits(found.low)} to {upper}). At {at}: hold "
        f"{row.held:,}, {percent(row.share.value)} of all; rejected of these: "
        f"{guessed(row.rejected)}{behind}."
    )
    return Advice(said, at)
