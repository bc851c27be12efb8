"""The page on which a whole band of scores is decided: a histogram, a preview, one act.

The preview comes by a POST, since it shows texts, and names what an act would decide on.
"""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from moderation.domain.scores import in_digits
from moderation.services.bands import PARTS, Bands
from moderation.web.problems import Problem
from moderation.web.review.drawing import plots
from moderation.web.review.drawing.figure import Figure
from moderation.web.review.drawing.plots import Line, Stack
from moderation.web.review.visit import Body, Visit, posted, visit
from moderation.web.review.wording import band, left_out

_Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Band(Body):
    """From `low` to below `high`, up to and with 1."""

    low: _Score
    high: _Score


async def page(request: web.Request) -> web.Response:
    """Show what is held by score, and the form for a band."""
    here = visit(request)
    policy, _ = await here.context.review.policies.for_site(here.site)
    counts = await _bands(here).counts(here.site)
    lowest = next((at for at, count in enumerate(counts) if count), PARTS - 1)
    return here.page(
        "bulk.html",
        here="queue",
        figure=_figure(counts, sorted(set(policy.thresholds.values()))),
        low=f"{lowest / PARTS:g}",
        high=f"{(lowest + 1) / PARTS:g}",
    )


async def preview(request: web.Request) -> web.Response:
    """Show some of a band, and name all of it that an act would decide on."""
    here, body = await posted(request, _Band)
    if body.low >= body.high:
        raise Problem("bad-request", "a band goes from a lower score to a higher one")
    found = await _bands(here).preview(here.site, here.person, body.low, body.high)
    return here.page(
        "preview.html",
        items=" ".join(f"{comment}:{version}" for comment, version in found.items),
        count=len(found.items),
        sentence=band(found.total, len(found.items), body.low, body.high),
        left=left_out(found.claimed, found.unscored),
        cards=[here.card(item) for item in found.cards],
    )


def _bands(here: Visit) -> Bands:
    context = here.context
    return Bands(context.store, context.reviewing, context.settings.review.bulk_most)


def _figure(counts: list[int], thresholds: list[float]) -> Figure:
    title = "What is held, by score"
    stacks = [Stack(f"{at / PARTS:g}", [count]) for at, count in enumerate(counts)]
    picture = plots.columns(
        title,
        stacks,
        ["open"],
        across="score",
        lines=[Line(at, f"held from {in_digits(at)}") for at in thresholds],
        is_scale=True,
    )
    rows = [
        (f"{at / PARTS:.2f} to {(at + 1) / PARTS:.2f}", f"{count:,}")
        for at, count in enumerate(counts)
        if count
    ]
    note = (
        "By the score that counts most; what only a rule holds stands where the rule puts it. "
        "Escalated comments are not among them."
    )
    return Figure(title, picture if any(counts) else None, [], ("score", "held"), rows, note)
