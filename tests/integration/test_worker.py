"""The worker over a real server, with scorers in real child processes that fail on demand.

Whatever one text does to its scorer: it is held, with the reason, and its neighbours are decided
with their own scores, each once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.store import keys, policies, queue
from moderation.store.log import SERVICE
from tests import service_kit as kit
from tests.fakes.faulty_scorer import expected
from tests.service_kit import POLICY, SITE, Service, service, until

FAULTS = {
    "please raise": "scorer_error",
    "please hang": "scorer_timeout",
    "please deaf": "scorer_timeout",
    "please crash": "scorer_crashed",
    "please segfault": "scorer_crashed",
    "please nan": "bad_score",
    "please infinity": "bad_score",
    "please range": "bad_score",
    "please shape": "bad_score",
    "please string": "bad_score",
}


def assert_own_decision(answer: dict[str, Any], text: str) -> None:
    scores = expected(text)
    assert answer["scores"] == scores
    assert answer["decided_by"] == "model"
    assert answer["decision"] == ("hold" if max(scores.values()) >= 0.5 else "approve")
    assert answer["model"] == {"name": "faulty", "version": "1"}
    assert answer["policy"] == {"name": "default", "version": 1}


def assert_held_unscored(answer: dict[str, Any], detail: str) -> None:
    assert (answer["decision"], answer["decided_by"]) == ("hold", "fallback")
    assert [(r["code"], r["detail"]) for r in answer["reasons"]] == [("unscored", detail)]
    assert answer["scores"] is None
    assert answer["model"] is None


async def test_every_fault_is_held_and_every_neighbour_decided_once(embedded_url: str) -> None:
    good = kit.texts(30) + kit.texts(30, held=True)
    texts = [one for pair in zip(good[::6], FAULTS, strict=True) for one in pair] + good
    texts = list(dict.fromkeys(texts))
    async with service(embedded_url, {"scorer.processes": 2}) as s:
        await s.work()
        ids = await s.submit_all(texts)
        answers = await s.decided(ids)
        for text, answer in zip(texts, answers, strict=True):
            if text in FAULTS:
                assert_held_unscored(answer, FAULTS[text])
            else:
                assert_own_decision(answer, text)
            assert len(await s.trail(answer["id"])) == 2
        assert s.count("decisions_total", outcome="hold", source="fallback") == len(FAULTS)
        assert s.count("decisions_total", outcome="approve", source="model") == 30
        assert s.count("decisions_total", outcome="hold", source="model") == 30
        assert s.count("inference_errors_total", reason="bad_score") == 5
        feed = await s.listing.decisions(SITE, None, 1000)
        assert sorted(item["id"] for item in feed.items) == sorted(ids)


async def test_links_that_only_markup_shows_are_held_by_their_rule(embedded_url: str) -> None:
    (good,) = kit.texts(1)
    linked = "".join(f"<a href='https://example.org/{n}'>here</a> " for n in range(3))
    strict = POLICY.model_copy(update={"rules": POLICY.rules.model_copy(update={"max_links": 2})})
    async with service(embedded_url) as s:
        await policies.apply(s.store, strict, by=SERVICE)
        await s.work()
        sent = await s.submit(f"{good} {linked}", "1", text_format="html")
        (answer,) = await s.decided([sent["id"]])
        assert answer["decision"] == "hold"
        assert "links" in {reason["code"] for reason in answer["reasons"]}


async def test_without_a_scorer_comments_wait_and_are_then_held(embedded_url: str) -> None:
    changes = {
        "scorer.spec": "python:tests.fakes.faulty_scorer:never",
        "worker.unavailable_after_s": 1.5,
    }
    async with service(embedded_url, changes) as s:
        await s.pool.start()
        s.run(s.worker())
        ids = await s.submit_all(kit.texts(20))
        await asyncio.sleep(0.5)
        assert (await s.answer(ids[0]))["status"] == "pending"
        for answer in await s.decided(ids):
            assert_held_unscored(answer, "scorer_unavailable")


async def test_a_scorer_that_comes_back_releases_what_no_person_touched(
    embedded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = tmp_path / "loads"
    monkeypatch.setenv("FAULTY_LOADS", str(loads))
    changes = {
        "scorer.spec": "python:tests.fakes.faulty_scorer:crashes_once",
        "worker.unavailable_after_s": 0.1,
        "worker.rescore_backoff_s": (0.1,),
    }
    (low, touched_text), (high,) = kit.texts(2), kit.texts(1, held=True)
    async with service(embedded_url, changes) as s:
        await s.pool.start()
        s.run(s.worker())
        ids = await s.submit_all([low, high, touched_text, "please raise"])
        await s.decided(ids)
        touched = ids[2]
        await s.review.decide(kit.person(touched, 2, Decision.HOLD))
        loads.touch()
        await until(lambda: s.count("decisions_total", outcome="approve", source="model") == 1)
        await until(lambda: s.count("decisions_total", outcome="hold", source="model") == 1)
        await until(lambda: s.count("inference_errors_total", reason="scorer_error") > 0)
        assert await s.trail(ids[0]) == ["received", "hold by fallback", "approve by model"]
        assert await s.trail(ids[1]) == ["received", "hold by fallback", "hold by model"]
        assert await s.trail(touched) == ["received", "hold by fallback", "hold by person"]
        assert await s.trail(ids[3]) == ["received", "hold by fallback"]
        assert_own_decision(await s.answer(ids[0]), low)
        assert set(await s.held()) == {ids[1], touched, ids[3]}


async def test_a_comment_that_lost_too_many_workers_is_held_without_a_look(
    embedded_url: str,
) -> None:
    async with service(embedded_url, {"worker.max_attempts": 2}) as s:
        [poison] = await s.submit_all(["please crash"])
        await queue.take(s.store, 0, "lost-1", 10)
        await queue.reclaim(s.store, 0, "lost-2", 10, 0)
        await s.work()
        pids = s.pool.pids
        [answer] = await s.decided([poison])
        assert_held_unscored(answer, "attempts_exhausted")
        assert s.pool.pids == pids
        assert s.count("jobs_reclaimed_total", stream="n") == 1


async def test_an_edit_in_the_queue_is_decided_instead_of_what_it_replaced(
    embedded_url: str,
) -> None:
    old, new = kit.texts(1, held=True)[0], kit.texts(1)[0]
    async with service(embedded_url) as s:
        [comment] = await s.submit_all([old])
        assert (await s.edit(comment, new, "0"))["revision"] == 2
        await s.work()
        [answer] = await s.decided([comment])
        assert_own_decision(answer, new)
        assert answer["revision"] == 2
        assert await s.trail(comment) == ["received", "edited", "approve by model"]


async def test_an_edit_while_being_scored_leaves_the_old_decision_nowhere(
    embedded_url: str,
) -> None:
    slow, new = "please sleep 1.5 you idiot", kit.texts(1)[0]
    async with service(embedded_url, {"scorer.timeout_s": 5.0, "worker.lease_s": 10.0}) as s:
        await s.work()
        [comment] = await s.submit_all([slow])
        await until(s.has_in_hand)
        await s.edit(comment, new, "0")
        await until(lambda: s.count("jobs_total", stream="n", result="late") == 1)
        [answer] = await s.decided([comment])
        assert_own_decision(answer, new)
        assert await s.trail(comment) == ["received", "edited", "approve by model"]
        assert (await s.listing.decisions(SITE, None, 10)).items == [answer]
        assert await s.held() == []


async def test_erasure_while_being_scored_leaves_the_decision_nowhere(embedded_url: str) -> None:
    async with service(embedded_url, {"scorer.timeout_s": 5.0, "worker.lease_s": 10.0}) as s:
        await s.work()
        [comment] = await s.submit_all(["please sleep 1 you idiot"])
        await until(s.has_in_hand)
        await s.keeping.erase(SITE, comment, "key1")
        await until(lambda: s.count("jobs_total", stream="n", result="late") == 1)
        assert await s.trail(comment) == ["received", "erased"]
        assert (await s.answer(comment))["status"] == "erased"


async def test_what_a_lost_worker_had_is_taken_over_and_decided_once(embedded_url: str) -> None:
    texts = ["please sleep 3 you idiot", *kit.texts(5)]
    async with service(embedded_url, {"scorer.timeout_s": 1.0}) as s:
        lost = s.run(await worker_of(s))
        ids = await s.submit_all(texts)
        await until(lambda: s.has_in_hand(len(texts)))
        await s.crash(lost)
        s.run(s.worker())
        answers = await s.decided(ids)
        assert_held_unscored(answers[0], "scorer_timeout")
        for text, answer in zip(texts[1:], answers[1:], strict=True):
            assert_own_decision(answer, text)
        for comment in ids:
            assert len(await s.trail(comment)) == 2
        assert s.count("jobs_reclaimed_total", stream="n") == len(texts)


async def test_a_slow_batch_is_not_taken_away_from_who_works_on_it(embedded_url: str) -> None:
    texts = [f"please sleep 0.8 {number}" for number in range(6)]
    async with service(embedded_url, {"scorer.timeout_s": 1.4, "worker.lease_s": 3.0}) as s:
        await s.work()
        ids = await s.submit_all(texts)
        s.run(s.worker())  # a neighbour that would take over what lapses
        for text, answer in zip(texts, await s.decided(ids), strict=True):
            assert_own_decision(answer, text)
        assert s.count("jobs_reclaimed_total", stream="n") == 0
        assert s.count("jobs_total", stream="n", result="recorded") == len(texts)


async def test_a_policy_that_vanished_holds_and_the_worker_goes_on(embedded_url: str) -> None:
    changes = {"worker.max_attempts": 1, "scorer.timeout_s": 0.5, "worker.lease_s": 1.0}
    async with service(embedded_url, changes) as s:
        await s.store.redis.delete(keys.policy("default"))
        working = s.run(await worker_of(s))
        [comment] = await s.submit_all(kit.texts(1))
        [answer] = await s.decided([comment])
        assert_held_unscored(answer, "attempts_exhausted")
        assert answer["policy"] == {"name": "default", "version": 0}
        assert not working.done()
        await policies.apply(s.store, POLICY, by=SERVICE)
        answer = await s.submit(kit.texts(2)[1], "later")
        assert_own_decision((await s.decided([answer["id"]]))[0], kit.texts(2)[1])


async def test_stopping_records_what_is_in_hand_and_takes_nothing_more(embedded_url: str) -> None:
    async with service(embedded_url, {"scorer.timeout_s": 5.0, "worker.lease_s": 10.0}) as s:
        worker = await worker_of(s)
        working = s.run(worker)
        [first] = await s.submit_all(["please sleep 1 you idiot"])
        await until(s.has_in_hand)
        worker.stop()
        second = await s.submit(kit.texts(1)[0], "second")
        async with asyncio.timeout(kit.PATIENCE_S):
            await working
        assert (await s.answer(first))["status"] == "decided"
        assert (await s.answer(second["id"]))["status"] == "pending"


async def worker_of(s: Service) -> Any:
    """Return a worker whose scorers are ready."""
    await s.pool.start()
    assert await s.pool.wait_ready(kit.PATIENCE_S), s.pool.failure
    return s.worker()
