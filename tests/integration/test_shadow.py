"""A second model beside the first, and scores that are remembered."""

from __future__ import annotations

from moderation.domain.policy import Policy
from moderation.scoring.supervisor import ScorerPool
from moderation.services.judging import Judge
from moderation.services.shadow import Shadow
from moderation.services.shadow_report import shadow_reports
from moderation.services.worker import Worker
from moderation.store import policies
from moderation.store.log import SERVICE
from tests import service_kit as kit
from tests.service_kit import Service, service, until

STRICT = Policy.model_validate({"name": "strict", "thresholds": {"toxicity": 0.001}})
SHADOW = {
    "shadow.spec": "python:tests.fakes.faulty_scorer:make",
    "shadow.share": 1.0,
    "shadow.policy": "strict",
}


async def run_with_shadow(s: Service, second: ScorerPool) -> None:
    """Run a worker with a second model beside it."""
    await policies.apply(s.store, STRICT, by=SERVICE)
    await s.pool.start()
    assert await s.pool.wait_ready(kit.PATIENCE_S)
    shadow = Shadow(s.store, s.settings, second, s.book, s.metrics)
    judge = Judge(s.store, s.settings, s.pool, s.book, shadow)
    s.run(shadow)
    s.run(Worker(s.store, s.settings, s.pool, judge, s.metrics))


async def test_a_second_model_is_compared_and_decides_nothing(embedded_url: str) -> None:
    async with service(embedded_url, SHADOW) as s:
        await run_with_shadow(s, kit.scorers(s.settings))
        ids = await s.submit_all([*kit.texts(5), *kit.texts(3, held=True), "please raise"])
        answers = await s.decided(ids)
        assert [answer["decision"] for answer in answers] == ["approve"] * 5 + ["hold"] * 4
        await until(lambda: s.count("shadow_total", result="would_hold") == 5)
        await until(lambda: s.count("shadow_total", result="same") == 3)
        [report] = await shadow_reports(s.store, 3)
        assert report.models == ("faulty/1", "faulty/1")
        assert report.changes == {("approve", "hold"): 5, ("hold", "hold"): 3}
        assert report.to_dict()["scores"]["toxicity"] == {
            "mean": 0.0, "shift": 0.0, "largest": 0.0
        }  # fmt: skip
        assert len(report.farthest) == 3
        assert s.count("shadow_score_difference_count", label="toxicity") == 8


async def test_a_second_model_that_is_not_there_holds_nobody_up(embedded_url: str) -> None:
    async with service(embedded_url, SHADOW) as s:
        await run_with_shadow(s, ScorerPool("python:tests.fakes.faulty_scorer:never"))
        answers = await s.decided(await s.submit_all(kit.texts(300)))
        assert {answer["status"] for answer in answers} == {"decided"}
        assert s.count("shadow_total", result="dropped") > 0
        assert await shadow_reports(s.store, 3) == []


async def test_a_text_that_was_scored_a_moment_ago_is_not_scored_again(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        [text] = kit.texts(1)
        first, *others = await s.submit_all([text] * 3)
        answers = await s.decided([first, *others])
        again = await s.decided([(await s.submit(text, "later"))["id"]])
        assert {str(answer["scores"]) for answer in [*answers, *again]} == {
            str(answers[0]["scores"])
        }
        assert s.count("inference_duration_seconds_count", model="faulty") <= 3
        assert s.count("decisions_total", outcome="approve", source="model") == 4
