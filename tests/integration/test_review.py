"""People's decisions: each names the version that it was made on, and every one can be undone."""

from __future__ import annotations

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import NotFoundError, StaleError
from tests import service_kit as kit
from tests.service_kit import OTHER_SITE, PATIENT, SITE, Service, service

HOLD, APPROVE, REJECT = Decision.HOLD, Decision.APPROVE, Decision.REJECT


async def held(s: Service, name: str = "1") -> str:
    """Return a comment that the model holds (version 2)."""
    answer = await s.submit(kit.texts(1, held=True)[0], name, author="author-1")
    [decided] = await s.decided([answer["id"]])
    assert (decided["decision"], decided["decided_by"]) == ("hold", "model")
    return str(answer["id"])


async def test_a_person_approves_rejects_and_undoes(embedded_url: str) -> None:
    async with service(embedded_url, PATIENT) as s:
        await s.work()
        comment = await held(s)
        machine = await s.answer(comment)
        for version, decision in enumerate((REJECT, HOLD, APPROVE, REJECT), start=2):
            said = kit.person(comment, version, decision, reason="insult", note="a note")
            answer = await s.review.decide(said)
            assert (answer["decision"], answer["decided_by"]) == (decision.value, "person")
            assert answer["version"] == version + 1
            assert [(r["code"], r["label"]) for r in answer["reasons"]] == [("person", "insult")]
            for kept in ("scores", "model", "policy", "text_sha256", "received_at"):
                assert answer[kept] == machine[kept]
            assert answer == await s.answer(comment)
            assert await s.held() == ([comment] if decision is HOLD else [])
        assert await s.trail(comment) == [
            "received", "hold by model", "reject by person", "hold by person",
            "approve by person", "reject by person",
        ]  # fmt: skip
        last = (await s.listing.history(SITE, comment))[-1]
        assert last["actor"] == {"id": "ada", "name": "Ada L.", "via": "key1"}
        assert last["note"] == "a note"
        assert "a note" not in str(await s.answer(comment))
        assert [
            s.count("reviews_total", action=action) for action in ("approve", "hold", "reject")
        ] == [1, 1, 2]
        assert s.count("decisions_total", outcome="reject", source="person") == 2
        assert s.count("reversals_total") == 3


async def test_who_was_first_is_named_to_who_was_not(embedded_url: str) -> None:
    async with service(embedded_url, PATIENT) as s:
        await s.work()
        comment = await held(s)
        first = await s.review.decide(kit.person(comment, 2, APPROVE, who="ada"))
        with pytest.raises(StaleError) as refused:
            await s.review.decide(kit.person(comment, 2, REJECT, who="bob"))
        event = refused.value.event
        assert (event["actor"]["id"], event["decision"], event["version"]) == ("ada", "approve", 3)
        assert event["at"] > 0
        assert await s.answer(comment) == first
        assert s.count("review_conflicts_total", reason="stale") == 1
        assert s.count("decisions_total", outcome="reject", source="person") == 0


async def test_the_same_again_is_answered_and_changes_nothing(embedded_url: str) -> None:
    async with service(embedded_url, PATIENT) as s:
        await s.work()
        comment = await held(s)
        said = kit.person(comment, 2, REJECT)
        assert await s.review.decide(said) == await s.review.decide(said)
        assert len(await s.trail(comment)) == 3
        assert s.count("reviews_total", action="reject") == 1
        with pytest.raises(StaleError):  # the same wish of somebody else is not the same
            await s.review.decide(kit.person(comment, 2, REJECT, who="bob"))


async def test_a_person_may_decide_before_the_machine_which_then_changes_nothing(
    embedded_url: str,
) -> None:
    async with service(embedded_url, PATIENT) as s:
        answer = await s.submit(kit.texts(1)[0], "1")
        decided = await s.review.decide(kit.person(answer["id"], 1, REJECT))
        assert (decided["decision"], decided["scores"], decided["model"]) == ("reject", None, None)
        await s.work()
        other = await s.submit(kit.texts(1)[0], "2")
        await s.decided([other["id"]])
        assert await s.trail(answer["id"]) == ["received", "reject by person"]


async def test_what_is_not_this_site_s_or_no_longer_there_is_not_found(embedded_url: str) -> None:
    async with service(embedded_url, PATIENT) as s:
        await s.work()
        comment = await held(s)
        for said in (
            kit.person(comment, 2, REJECT, site=OTHER_SITE),
            kit.person("c_" + "a" * 32, 2, REJECT),
        ):
            with pytest.raises(NotFoundError):
                await s.review.decide(said)
        await s.keeping.erase(SITE, comment, "key1")
        with pytest.raises(NotFoundError):
            await s.review.decide(kit.person(comment, 3, REJECT))
        assert await s.trail(comment) == ["received", "hold by model", "erased"]
