"""OpenAI's moderations: answers and errors as its clients parse them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.domain.scores import LABELS
from moderation.web.openai.categories import CATEGORIES, result
from tests.fakes.scripted_pool import ScriptedPool
from tests.web.kit import Service

PATH = "/v1/moderations"


async def moderated(service: Service, given: Any) -> list[dict[str, Any]]:
    answer = await service.ask("POST", PATH, {"input": given, "model": "omni-moderation-latest"})
    assert answer.status == 200, answer.text
    assert answer.body["id"].startswith("modr-")
    assert answer.body["model"] == "scripted-1"
    return list(answer.body["results"])


async def test_every_category_stands_in_all_three_maps(idle: Service) -> None:
    (found,) = await moderated(idle, "you are an idiot")
    assert found["flagged"] is True
    for name in ("categories", "category_scores", "category_applied_input_types"):
        assert tuple(found[name]) == CATEGORIES
    assert found["category_scores"]["harassment"] == 0.9
    assert found["categories"]["harassment"] is True
    assert found["categories"]["hate"] is False


async def test_a_list_of_texts_is_answered_in_order(idle: Service) -> None:
    found = await moderated(idle, ["a fine day", "you are an idiot"])
    assert [one["flagged"] for one in found] == [False, True]


async def test_the_parts_of_a_message_share_one_answer(idle: Service) -> None:
    parts = [{"type": "text", "text": text} for text in ("a fine day", "you are an idiot")]
    (found,) = await moderated(idle, parts)
    assert found["flagged"] is True


def test_a_category_takes_the_worst_of_its_labels_and_threats_to_groups_take_both() -> None:
    thresholds = dict.fromkeys(LABELS, 0.5)
    calm = dict.fromkeys(LABELS, 0.1)
    rude = result({**calm, "insult": 0.8}, thresholds)
    assert (rude.scores["harassment"], rude.reached["harassment"]) == (0.8, True)
    threat = result({**calm, "threat": 0.9}, thresholds)
    assert threat.reached["harassment/threatening"]
    assert not threat.reached["hate/threatening"]
    both = result({**calm, "threat": 0.9, "identity_attack": 0.7}, thresholds)
    assert (both.scores["hate/threatening"], both.reached["hate/threatening"]) == (0.7, True)
    assert both.scores["violence"] == 0.0
    assert not any(result(calm, {}).reached.values()), "no threshold, nothing reached"


def test_what_the_policy_would_hold_is_flagged_whether_or_not_a_category_speaks_for_it() -> None:
    calm = dict.fromkeys(LABELS, 0.1)
    assert not result(calm, dict.fromkeys(LABELS, 0.5)).flagged
    uncategorised = result({**calm, "spam": 0.8}, {"spam": 0.5})
    assert (uncategorised.flagged, any(uncategorised.reached.values())) == (True, False)
    assert result(calm, {"spam": 0.5}).flagged, "a label without a score holds, so it flags"


@pytest.mark.parametrize(
    "given",
    [None, [], "", " ", ["a", ""], 7, [1], ["a", {"type": "text", "text": "b"}], "é" * 10_241,
     [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}], ["a"] * 101],
)  # fmt: skip
async def test_what_is_no_input_is_said_to_be_none(idle: Service, given: Any) -> None:
    answer = await idle.ask("POST", PATH, {"input": given})
    assert answer.status == 400
    error = answer.body["error"]
    assert error["type"] == "invalid_request_error"
    assert error["param"] == "input"
    assert error["message"]


async def test_a_key_is_asked_for_and_may_be_one_that_only_scores(idle: Service) -> None:
    for scope, status in ((None, 401), ("moderate", 403), ("submit", 200)):
        answer = await idle.ask("POST", PATH, {"input": "a"}, scope=scope)
        assert answer.status == status
        if status != 200:
            assert set(answer.body["error"]) == {"message", "type", "param", "code"}


async def test_no_score_is_an_error_and_no_answer(
    idle: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedPool, "ready", False)
    answer = await idle.ask("POST", PATH, {"input": "a"})
    assert (answer.status, answer.body["error"]["type"]) == (503, "server_error")
    assert answer.headers["Retry-After"]


async def test_nothing_of_a_text_comes_near_the_store(idle: Service) -> None:
    await idle.ask("POST", PATH, {"input": "a fine day"})  # the policy is read by then
    before = await idle.keys()
    await idle.ask("POST", PATH, {"input": "a very particular idiot"})
    assert await idle.keys() == before


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


async def test_whatever_is_sent_the_answer_has_their_shape(idle: Service) -> None:
    bodies: list[bytes] = []

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(_JSON, _JSON, st.binary(max_size=40))
    def collect(given: Any, whole: Any, junk: bytes) -> None:
        bodies.extend([json.dumps({"input": given}).encode(), json.dumps(whole).encode(), junk])

    collect()
    for raw in bodies:
        answer = await idle.ask("POST", PATH, raw=raw)
        if answer.status != 200:
            assert answer.status == 400, raw
            assert set(answer.body["error"]) == {"message", "type", "param", "code"}
