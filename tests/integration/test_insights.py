"""What a site's moderation comes to, from a real service with people who decide."""

from __future__ import annotations

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import InvalidError
from moderation.services.insights import AGES_S, Insights, split
from moderation.services.replay import replay
from moderation.store.tallies import HIGHEST
from tests import service_kit as kit
from tests.fakes.faulty_scorer import expected
from tests.integration.reviewing_kit import ADA, BOB, at_the_page
from tests.service_kit import OTHER_SITE, SITE, Service, service

APPROVE, REJECT = Decision.APPROVE, Decision.REJECT


async def reviewed(s: Service) -> list[str]:
    """Six held and four approved; Ada rejects two, Bob approves one, and Ada overturns him."""
    await s.work()
    texts = [*kit.texts(6, held=True), *kit.texts(4)]
    ids = await s.submit_all(texts)
    await s.decided(ids)
    page = at_the_page(s)
    await page.decide(SITE, ADA, ids[0], 2, REJECT, reason="spam")
    await page.decide(SITE, ADA, ids[1], 2, REJECT, reason="other")
    await page.decide(SITE, BOB, ids[2], 2, APPROVE)
    await page.decide(SITE, ADA, ids[2], 3, REJECT, reason="spam")
    return texts


async def test_figures_are_those_of_what_was_done(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        texts = await reviewed(s)
        found = await Insights(s.store, s.book).look(SITE, ADA.id, days=7, label=HIGHEST)
        whole = found.together()
        assert len(found.days) == 7
        assert {name: n for name, n in whole.outcomes.items() if n} == {"h": 3, "hr": 3, "a": 4}
        assert whole.decisions == {"reject": 3, "approve": 1}
        assert (whole.reversals, whole.rejected_for) == (1, {"spam": 2, "other": 1})
        assert whole.own == {"reject": 3}
        assert (sum(whole.waits), sum(found.waiting), found.waiting[0]) == (3, 3, 3)
        assert len(found.waiting) == len(AGES_S) + 1
        assert found.labels == [HIGHEST, "insult", "toxicity"]
        assert found.thresholds == [0.5]
        reasons, labels = split(whole.whys)
        assert reasons["score_over_threshold"].total() == 6
        held = [expected(text) for text in texts[:6]]
        assert {name: counts.total() for name, counts in labels.items()} == {
            name: sum(scores[name] >= 0.5 for scores in held)
            for name in ("toxicity", "insult")
            if any(scores[name] >= 0.5 for scores in held)
        }
        by_insult = await Insights(s.store, s.book).look(SITE, BOB.id, days=1, label="insult")
        assert by_insult.together().own == {"approve": 1}
        over = sum(expected(text)["insult"] >= 0.5 for text in texts)
        assert by_insult.table()[19].held == over
        assert by_insult.table()[19].rejected is None  # three decisions are too few
        other = await Insights(s.store, s.book).look(OTHER_SITE, ADA.id, days=7, label=HIGHEST)
        assert other.together().outcomes == {}
        assert other.table() == []


async def test_a_draft_is_the_policy_with_another_threshold_and_can_be_replayed(
    embedded_url: str,
) -> None:
    async with service(embedded_url) as s:
        await reviewed(s)
        insights = Insights(s.store, s.book)
        draft = await insights.draft(SITE, "insult", 0.55)
        assert draft.thresholds == {"toxicity": 0.5, "insult": 0.55}
        every = await insights.draft(SITE, HIGHEST, 1.0)
        assert every.thresholds == {"toxicity": 1.0, "insult": 1.0}
        assert every.model_copy(update={"thresholds": kit.POLICY.thresholds}) == kit.POLICY
        found = await replay(s.store, SITE, every, lambda _: None)
        assert found.changes == {("approve", "approve"): 4, ("hold", "approve"): 6}
        assert (await s.book.for_site(SITE))[0] == kit.POLICY  # nothing was stored


async def test_a_label_that_no_policy_watches_is_refused(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        with pytest.raises(InvalidError):
            await Insights(s.store, s.book).look(SITE, ADA.id, days=7, label="obscene")
        with pytest.raises(InvalidError):
            await Insights(s.store, s.book).draft(SITE, "obscene", 0.5)
