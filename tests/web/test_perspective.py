"""Perspective's wire format: answers and refusals as its clients parse them."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.dialects import Direct
from moderation.store import suggestions
from tests.fakes.scripted_pool import ScriptedPool
from tests.web.kit import Answer, Service, key

TEXT = "You are an idiot. Nice hat 🎩. Bye"
ANALYZE = "/v1alpha1/comments:analyze"


@pytest.fixture
def perspective(idle: Service) -> Service:
    """A service in which nothing is decided."""
    return idle


async def analyze(service: Service, path: str = ANALYZE, **fields: Any) -> Answer:
    body = {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}, **fields}
    return await service.ask("POST", path, body, scope=None, key=key("default", "submit"))


def refusal(answer: Answer) -> tuple[int, str, str]:
    """Return the status, message and type of an error; its shape is checked."""
    error = answer.body["error"]
    assert error["code"] == answer.status
    (detail,) = error["details"]
    assert detail["@type"].startswith("type.googleapis.com/google.")
    return answer.status, error["message"], detail.get("errorType") or detail["reason"]


@pytest.mark.parametrize("path", [ANALYZE, "/comments:analyze"])
async def test_an_answer_has_all_that_clients_read(perspective: Service, path: str) -> None:
    answer = await analyze(perspective, path, clientToken="c-1", doNotStore=True)
    assert answer.status == 200
    score = {"value": 0.9, "type": "PROBABILITY"}
    assert answer.body == {
        "attributeScores": {
            "TOXICITY": {
                "spanScores": [{"begin": 0, "end": len(TEXT) + 1, "score": score}],
                "summaryScore": score,
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "c-1",
    }


async def test_spans_are_sentences_counted_in_utf16(perspective: Service) -> None:
    answer = await analyze(perspective, spanAnnotations=True)
    spans = answer.body["attributeScores"]["TOXICITY"]["spanScores"]
    wide = TEXT.encode("utf-16-le")
    parts = [wide[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in spans]
    assert parts == ["You are an idiot.", "Nice hat 🎩.", "Bye"]
    assert [span["score"]["value"] for span in spans] == [0.9, 0.1, 0.1]


async def test_below_its_threshold_a_score_is_left_out(perspective: Service) -> None:
    asked = {"TOXICITY": {"scoreThreshold": 0.5}, "THREAT": {"scoreThreshold": 0.5}}
    answer = await analyze(perspective, requestedAttributes=asked, spanAnnotations=True)
    assert list(answer.body["attributeScores"]) == ["TOXICITY"]
    assert len(answer.body["attributeScores"]["TOXICITY"]["spanScores"]) == 1


async def test_each_attribute_of_the_model_is_served_and_names_come_back(
    perspective: Service,
) -> None:
    names = ["TOXICITY@6", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"]
    asked = {name: None if name == "THREAT" else {} for name in [*names, "OBSCENE"]}
    del asked["THREAT"]
    answer = await analyze(perspective, requestedAttributes=asked)
    assert set(answer.body["attributeScores"]) == set(asked)


async def test_what_is_not_known_is_ignored_and_null_is_nothing(perspective: Service) -> None:
    answer = await analyze(
        perspective, context=None, sessionId="s", communityId="news", brandNew={"a": [1]}
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("fields", "message", "kind"),
    [
        ({"comment": {"text": " "}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": "é" * 10_241}}, "Comment text too long.", "COMMENT_TOO_LONG"),
        (
            {"comment": {"text": "a", "type": "HTML"}},
            "Currently, only 'PLAIN_TEXT' comments are supported",
            "INVALID_REQUEST",
        ),
        ({"comment": {"text": "a", "type": "X"}}, "Unknown text type", "INVALID_REQUEST"),
        (
            {"requestedAttributes": {}},
            "Missing requested_attributes",
            "NO_REQUESTED_ATTRIBUTES",
        ),
        (
            {"requestedAttributes": {"SPAM": {}}},
            "Unknown requested attribute: SPAM",
            "INVALID_REQUEST",
        ),
        (
            {"requestedAttributes": {"SEXUALLY_EXPLICIT": {}}},
            "Unknown requested attribute: SEXUALLY_EXPLICIT",
            "INVALID_REQUEST",
        ),
        (
            {"requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}},
            "Requested score type RAW is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
        (
            {"context": {"entries": [], "articleAndParentComment": {}}},
            "Context can have either entries or article_and_parent_comment, "
            "but both fields were populated.",
            "INVALID_REQUEST",
        ),
        ({"languages": "en"}, "Invalid value at 'languages'", "INVALID_REQUEST"),
    ],
)
async def test_a_refusal_is_the_originals(
    perspective: Service, fields: dict[str, Any], message: str, kind: str
) -> None:
    assert refusal(await analyze(perspective, **fields)) == (400, message, kind)


async def test_what_is_refused_before_it_is_read_has_their_shape_too(perspective: Service) -> None:
    chosen = key("default", "submit")
    long: Any = io.BytesIO(b'{"comment": "' + b"a" * 1_100_000)
    for raw, headers, kind in (
        (long, {}, "COMMENT_TOO_LONG"),
        (b"{}", {"Content-Encoding": "gzip"}, "INVALID_REQUEST"),
        (b"{", {}, "INVALID_REQUEST"),
    ):
        answer = await perspective.ask("POST", ANALYZE, raw=raw, scope=None, key=chosen,
                                       headers=headers)  # fmt: skip
        assert refusal(answer)[::2] == (400, kind)
        assert "errorType" in answer.body["error"]["details"][0]


async def test_a_key_is_asked_for_and_looked_at(perspective: Service) -> None:
    body = {"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {}}}
    none = await perspective.ask("POST", ANALYZE, body, scope=None)
    assert refusal(none)[::2] == (403, "CONSUMER_INVALID")
    for bad in ("x" * 40, key("default", "moderate")):
        answer = await perspective.ask("POST", ANALYZE, body, scope=None, key=bad)
        assert refusal(answer)[::2] == (400, "API_KEY_INVALID")
    assert (await perspective.ask("POST", ANALYZE, body)).status == 200, "as a bearer too"
    discovery = await perspective.ask("GET", "/$discovery/rest", scope=None, key="x" * 40)
    assert refusal(discovery)[::2] == (400, "API_KEY_INVALID")


async def test_nothing_of_a_text_comes_near_the_store(perspective: Service) -> None:
    before = await perspective.keys()
    await analyze(perspective, comment={"text": "a very particular idiot"})
    assert await perspective.keys() == before


async def test_no_score_is_never_made_up(
    perspective: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedPool, "ready", False)
    assert refusal(await analyze(perspective))[::2] == (503, "NO_SCORE")


async def test_more_at_once_than_may_be_is_a_quota_answer(
    perspective: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 8
    monkeypatch.setattr(perspective.context.direct, "_settings", Direct(waiting=most))
    release, full, here = asyncio.Event(), asyncio.Event(), 0

    async def stuck(*_: Any, **__: Any) -> bool:
        nonlocal here
        here += 1
        if here == most:
            full.set()
        return await release.wait()

    monkeypatch.setattr(ScriptedPool, "wait_ready", stuck)
    waiting = [asyncio.create_task(analyze(perspective)) for _ in range(most)]
    await full.wait()
    answer = await analyze(perspective)
    assert refusal(answer)[::2] == (429, "RATE_LIMIT_EXCEEDED")
    assert answer.headers["Retry-After"]
    release.set()
    assert {one.status for one in await asyncio.gather(*waiting)} == {200}


async def test_the_discovery_document_leads_back_here(perspective: Service) -> None:
    answer = await perspective.ask("GET", "/$discovery/rest", scope=None, version="v1alpha1")
    assert answer.body["rootUrl"] == perspective.url + "/"
    method = answer.body["resources"]["comments"]["methods"]["analyze"]
    assert method["request"]["$ref"] in answer.body["schemas"]
    assert answer.body["rootUrl"] + method["path"] == perspective.url + ANALYZE


async def test_the_pages_own_headers_stay_with_the_pages(perspective: Service) -> None:
    answer = await analyze(perspective)
    assert "Content-Security-Policy" not in answer.headers


SUGGEST = "/v1alpha1/comments:suggestscore"


async def suggest(service: Service, text: str, value: float, **fields: Any) -> Answer:
    said = {"TOXICITY": {"summaryScore": {"value": value}}}
    body = {"comment": {"text": text}, "attributeScores": said, **fields}
    return await service.ask("POST", SUGGEST, body, scope=None, key=key("default", "submit"))


async def told(service: Service) -> dict[str, int]:
    """Return what was counted today under toxicity, by part of the range of scores."""
    day = int((await service.store.redis.time())[0]) // 86_400
    bins = await suggestions.read(service.store, "default", [day - 1, day], "toxicity")
    return {f"{at}{what}": n for at, counts in enumerate(bins) for what, n in counts.items()}


async def test_a_suggested_score_is_counted_once_and_its_text_is_not_kept(
    perspective: Service,
) -> None:
    answer = await suggest(
        perspective, "you are an idiot", 1, communityId="Coral:https://a.example", clientToken="c-2"
    )
    expected = {"detectedLanguages": ["en"], "requestedLanguages": ["en"], "clientToken": "c-2"}
    assert (answer.status, answer.body) == (200, expected)
    again = {"communityId": "Coral:https://a.example"}
    for value in (1, 0.7):  # the same said
        assert (await suggest(perspective, "you are an idiot", value, **again)).status == 200
    assert await told(perspective) == {"36hr": 1}
    await suggest(perspective, "you are an idiot", 0, **again)
    await suggest(perspective, "a fine day", 0)
    assert await told(perspective) == {"36hr": 1, "36ha": 1, "4ha": 1}
    for name in await perspective.store.redis.keys("*"):
        if await perspective.store.redis.type(name) == "string":
            assert "idiot" not in str(await perspective.store.redis.get(name))


@pytest.mark.parametrize(
    "said",
    [{}, {"SPAM": {"summaryScore": {"value": 1}}}, {"TOXICITY": {}},
     {"TOXICITY": {"summaryScore": {}}}, {"TOXICITY": {"summaryScore": {"value": 2}}},
     {"TOXICITY": {"spanScores": [{"score": {"value": 1}}]}}],
)  # fmt: skip
async def test_a_suggestion_that_says_nothing_is_refused(
    perspective: Service, said: dict[str, Any]
) -> None:
    assert refusal(await suggest(perspective, "a", 1, attributeScores=said))[0] == 400
    assert await told(perspective) == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["comment", "requestedAttributes", "languages", "context", "spanAnnotations", "clientToken"]
)


async def test_whatever_is_sent_the_answer_has_their_shape(perspective: Service) -> None:
    bodies: list[bytes] = []

    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(_FIELDS, _JSON), st.binary(max_size=40))
    def collect(fields: dict[str, Any], junk: bytes) -> None:
        usual = {"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {}}}
        bodies.extend([json.dumps({**usual, **fields}).encode(), junk])

    collect()
    for raw in bodies:
        answer = await perspective.ask(
            "POST", ANALYZE, raw=raw, scope=None, key=key("default", "submit")
        )
        if answer.status != 200:
            assert refusal(answer)[0] == 400, raw
