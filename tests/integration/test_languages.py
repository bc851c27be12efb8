"""Languages and long texts from the scorer's process to the answer, and back through a replay."""

from __future__ import annotations

import json

from moderation.domain.decision import Decision
from moderation.domain.policy import Policy
from moderation.services.replay import replay
from tests import service_kit as kit
from tests.service_kit import POLICY, SITE, service

ENGLISH = {"scorer.spec": "python:tests.fakes.faulty_scorer:english"}
GERMAN = "Das ist ein ganz gewöhnlicher Kommentar."
LONG = "<p>What a <b>lovely</b> day, and what a lovely article about this lovely day.</p>"


def lax(**rules: object) -> Policy:
    return POLICY.model_copy(update={"rules": POLICY.rules.model_copy(update=rules)})


async def test_what_the_model_does_not_read_is_held_and_a_replay_can_let_it_pass(
    embedded_url: str,
) -> None:
    async with service(embedded_url, ENGLISH) as s:
        await s.work()
        sent = [
            await s.submit("This is an ordinary comment.", "1"),
            await s.submit(GERMAN, "2"),
            await s.submit("ok", "3"),
            await s.submit("ok", "4", language="de"),
            await s.submit("👍", "5", language="de-CH"),
        ]
        ids = [answer["id"] for answer in sent]
        found = await s.decided(ids)
        assert [(one["decision"], one["language"]) for one in found] == [
            ("approve", "en"),
            ("hold", "de"),
            ("approve", None),
            ("hold", "de"),
            ("approve", "de"),
        ]
        [reason] = found[1]["reasons"]
        assert (reason["code"], reason["detail"]) == ("unread_language", "de")
        assert found[1]["scores"] == {"toxicity": 0.1, "insult": 0.1}

        same = await replay(s.store, SITE, POLICY, lambda _: None)
        assert same.changes == {("approve", "approve"): 3, ("hold", "hold"): 2}
        for policy in (
            lax(hold_unread_language=False),
            lax(unread_languages_let_pass=frozenset({"de"})),
        ):
            passed = await replay(s.store, SITE, policy, lambda _: None)
            assert passed.changes == {("approve", "approve"): 3, ("hold", "approve"): 2}
            assert not passed.left_out + passed.unasked

        after = await s.review.decide(kit.person(ids[1], 2, Decision.APPROVE))
        assert (after["decision"], after["language"]) == ("approve", "de")


async def test_the_worst_part_of_a_long_text_is_in_the_text_as_submitted(embedded_url: str) -> None:
    async with service(embedded_url, ENGLISH) as s:
        await s.work()
        long = (await s.submit(LONG, "1", text_format="html"))["id"]
        short = (await s.submit("a lovely day", "2"))["id"]
        first, second = await s.decided([long, short])
        assert LONG[first["worst_part"]["start"] : first["worst_part"]["end"]] == "at a"
        assert second["worst_part"] is None


async def test_a_decision_of_an_older_version_is_read_and_its_gap_is_said(
    embedded_url: str,
) -> None:
    async with service(embedded_url, ENGLISH) as s:
        await s.work()
        comment = (await s.submit("This is an ordinary comment.", "1"))["id"]
        await s.decided([comment])
        key = f"{{s0}}:e:{comment}"
        event = json.loads(await s.store.redis.lindex(key, 1))
        for name in ("language", "worst_part", "model_languages"):
            del event[name]
        await s.store.redis.lset(key, 1, json.dumps(event))

        older = await s.answer(comment)
        assert (older["decision"], older["language"]) == ("approve", None)
        found = await replay(s.store, SITE, POLICY, lambda _: None)
        assert found.changes == {("approve", "approve"): 1}
        assert found.unasked == {"the rule on languages, where none was detected yet": 1}
