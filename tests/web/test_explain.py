"""What raised a comment's scores: an answer that a page can mark a text with."""

from __future__ import annotations

import asyncio
import html
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from moderation.domain.scores import Unscored, UnscoredReason
from tests.fakes.scripted_pool import ScriptedPool
from tests.web.kit import Answer, Service

TEXT = "The weather is nice. You are an idiot, Sir! I like tea."


async def explain(service: Service, comment: str, **options: Any) -> Answer:
    options = {"scope": "moderate", **options}
    return await service.ask("GET", f"/v1/comments/{comment}/explain", **options)


def count(service: Service, result: str) -> float:
    labels = {"result": result}
    found = service.context.metrics.registry.get_sample_value("moderation_explains_total", labels)
    return found or 0.0


def marked(text: str, place: dict[str, Any]) -> str:
    """Return what a place marks, and check that both ways of counting say the same."""
    by_units = text.encode("utf-16-le", "surrogatepass")[
        2 * place["utf16_start"] : 2 * place["utf16_end"]
    ]
    by_points = text[place["start"] : place["end"]]
    assert by_units.decode("utf-16-le", "surrogatepass") == by_points
    return by_points


@contextmanager
def pool_that(service: Service, **changes: Any) -> Iterator[None]:
    """Change how the scorers behave for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in changes.items():
            patch.setattr(ScriptedPool, name, value)
        yield


async def test_the_worst_sentence_and_the_words_that_raised_the_score(service: Service):
    sent = await service.submit(TEXT)
    answer = await explain(service, sent["id"])
    assert answer.status == 200
    body = answer.body
    assert (body["id"], body["revision"], body["partial"]) == (sent["id"], 1, False)
    assert body["model"] == sent["model"]
    assert [one["label"] for one in body["labels"]] == ["toxicity", "insult"]
    for label in body["labels"]:
        assert label["score"] == sent["scores"][label["label"]]
        assert marked(TEXT, label["sentence"]) == "You are an idiot, Sir!"
        assert label["sentence"]["score"] == 0.9
        assert marked(TEXT, label["words"][0]) == "idiot"
        weights = [word["weight"] for word in label["words"]]
        assert weights == sorted(weights, reverse=True)
        assert all(math.isfinite(weight) for weight in weights)
        assert len(weights) == 5
        assert weights[0] > 1 > weights[1]
    assert count(service, "complete") == 1
    assert "idiot" not in answer.text


async def test_places_are_in_the_text_as_submitted(service: Service):
    text = "<p>👋🏽 hi</p><p>you <b>id</b>iot &#x1F595; <i title='idiot'>ok</i></p>"
    sent = await service.submit(text, text_format="html")
    (label, _) = (await explain(service, sent["id"])).body["labels"]
    assert marked(text, label["sentence"]).startswith("you <b>id</b>iot")
    assert marked(text, label["words"][0]) == "id</b>iot"
    marks = [marked(text, word) for word in label["words"]]
    assert sorted(marks) == sorted(["you", "id</b>iot", "&#x1F595;", "ok"])


async def test_at_most_ten_words_are_named(service: Service):
    sent = await service.submit("you and you and you are such an idiot and that is what you are")
    for label in (await explain(service, sent["id"])).body["labels"]:
        assert len(label["words"]) == 10


async def test_where_nothing_is_high_nothing_is_explained(service: Service):
    sent = await service.submit("I like tea. You too?")
    labels = (await explain(service, sent["id"])).body["labels"]
    assert [one["label"] for one in labels] == ["toxicity", "insult"]  # 0.1, the floor itself
    with pool_that(service, score=scores_of(0.05)):
        sent = await service.submit("I like coffee")
        body = (await explain(service, sent["id"])).body
    assert (body["labels"], body["partial"]) == ([], False)


def scores_of(score: float, *, by: Any = None) -> Any:
    """Return a `score` that gives every text the same, or after `by(text)` none."""

    async def answers(self: Any, texts: Any, *, timeout_s: float | None = None) -> list[Any]:
        found = await original(self, texts, timeout_s=timeout_s)
        for at, text in enumerate(texts):
            reason = by(text) if by else None
            for label in found[at].scores if by is None else ():
                found[at].scores[label] = score
            if reason:
                found[at] = Unscored(reason)
        return found

    original = ScriptedPool.score
    return answers


async def test_a_comment_that_is_not_decided_yet_is_read_now(idle: Service):
    sent = await idle.submit(TEXT, wait=0)
    body = (await explain(idle, sent["id"])).body
    assert marked(TEXT, body["labels"][0]["words"][0]) == "idiot"


async def test_an_edit_is_explained_by_its_own_text(service: Service):
    sent = await service.submit("a fine day", external_id="1")
    text = "such an idiot"
    await service.ask(
        "PUT", f"/v1/comments/{sent['id']}", {"text": text, "external_id": "1"},
        headers={"Prefer": "wait=5"},
    )  # fmt: skip
    body = (await explain(service, sent["id"])).body
    assert body["revision"] == 2
    assert marked(text, body["labels"][0]["words"][0]) == "idiot"


async def test_no_score_is_a_refusal_and_never_made_up(idle: Service):
    sent = await idle.submit(TEXT, wait=0)
    with pool_that(idle, ready=False):
        answer = await explain(idle, sent["id"])
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.body["type"].endswith(":no-score")
    for reason, later in (
        (UnscoredReason.ERROR, "60"), (UnscoredReason.TIMEOUT, "1"),
        (UnscoredReason.UNAVAILABLE, "1"),
    ):  # fmt: skip
        with pool_that(idle, score=scores_of(0, by=lambda _, reason=reason: reason)):
            answer = await explain(idle, sent["id"])
        assert (answer.status, answer.headers["Retry-After"]) == (503, later)
        assert "idiot" not in answer.text
    assert count(idle, "no_score") == 4


async def test_what_is_not_read_in_time_is_left_out_and_said(service: Service):
    sent = await service.submit(TEXT)
    late = UnscoredReason.TIMEOUT
    with pool_that(service, score=scores_of(0, by=lambda text: late if "tea" in text else None)):
        body = (await explain(service, sent["id"])).body
    assert body["partial"]
    assert marked(TEXT, body["labels"][0]["words"][0]) == "idiot"
    with pool_that(service, score=scores_of(0, by=lambda text: late if text == "an" else None)):
        body = (await explain(service, sent["id"])).body
    assert body["partial"]
    assert len(body["labels"][0]["words"]) == 4
    with pool_that(service, score=scores_of(0, by=lambda _: late)):
        body = (await explain(service, sent["id"])).body
    assert body["partial"]
    assert [(one["sentence"], one["words"]) for one in body["labels"]] == [(None, [])] * 2
    assert body["labels"][0]["score"] == sent["scores"]["toxicity"]
    assert count(service, "partial") == 3


async def test_the_same_text_is_explained_once_for_all_who_look(service: Service):
    sent = await service.submit(TEXT, external_id="1")
    first = await explain(service, sent["id"])
    with pool_that(service, score=scores_of(0, by=lambda _: UnscoredReason.TIMEOUT)):
        again = await explain(service, sent["id"])
        assert again.body == first.body
        assert (await explain(service, sent["id"], site="other")).status == 404
        await service.ask("DELETE", f"/v1/comments/{sent['id']}", scope="admin")
        assert (await explain(service, sent["id"])).status == 404
    assert (count(service, "complete"), count(service, "known")) == (1, 1)
    explaining = service.context.explaining  # nothing of it stays
    assert len(explaining._known) == 0


async def test_a_text_that_is_gone_is_not_there(service: Service):
    sent = await service.submit(TEXT)
    await service.ask("DELETE", f"/v1/comments/{sent['id']}", scope="admin")
    for comment in (sent["id"], "c_" + "a" * 32, "c_1"):
        answer = await explain(service, comment)
        assert answer.status == 404, comment
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert count(service, "no_text") == 2


async def test_it_is_for_the_site_s_own_moderators(service: Service):
    sent = await service.submit(TEXT)
    assert (await explain(service, sent["id"], site="other")).status == 404
    assert (await explain(service, sent["id"], scope="submit")).status == 403
    assert (await explain(service, sent["id"], scope=None)).status == 401
    assert (await explain(service, sent["id"], words="3")).status == 400


async def test_more_than_a_few_at_once_are_told_to_come_again(idle: Service):
    sent = await idle.submit(TEXT, wait=0)
    go, at_work = asyncio.Event(), 0
    original = ScriptedPool.score

    async def slow(self: Any, texts: Any, *, timeout_s: float | None = None) -> Any:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        await go.wait()
        at_work -= 1
        return await original(self, texts, timeout_s=timeout_s)

    with pool_that(idle, score=slow):
        asked = [asyncio.create_task(explain(idle, sent["id"])) for _ in range(8)]
        refusals = asyncio.as_completed(asked)
        refused = [await next(refusals) for _ in range(3)]
        go.set()
        answers = await asyncio.gather(*asked)
    assert sorted(answer.status for answer in answers) == [200] * 5 + [503] * 3
    for answer in refused:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.body["type"].endswith(":overloaded")
    assert count(idle, "overloaded") == 3


PARTS = st.lists(
    st.sampled_from(
        [*"aZ .!?,\n<>&;", "idiot", "you ", "<b>", "</b>", "<p>", "&amp;", "&#x1F595;", "e\u0301",
         "🖕🏽", "👨\u200d👩\u200d👧", "\u200b", "i\u0336d\u0336", "&#769;", "𝐢𝐝𝐢𝐨𝐭"]
    ),
    min_size=1,
).map("".join)  # fmt: skip


async def test_any_text_is_marked_in_whole_characters(idle: Service):
    loop = asyncio.get_running_loop()

    async def check(text: str, text_format: str) -> None:
        sent = await idle.submit(text, wait=0, text_format=text_format)
        body = (await explain(idle, sent["id"])).body
        for label in body["labels"]:
            places = [label["sentence"], *label["words"]] if label["sentence"] else []
            for place in places:
                assert 0 <= place["start"] < place["end"] <= len(text)
                marked(text, place)
            for word in label["words"]:
                inside = label["sentence"]
                assert inside["start"] <= word["start"]
                assert word["end"] <= inside["end"]
                assert not marked(text, word).isspace()
        if "idiot" in text and text_format == "plain":
            top = marked(text, body["labels"][0]["words"][0])
            assert "idiot" in html.unescape(top)

    @given(PARTS.filter(str.strip), st.sampled_from(["plain", "html"]))
    @hypothesis_settings(
        max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    def storm(text: str, text_format: str) -> None:
        asyncio.run_coroutine_threadsafe(check(text, text_format), loop).result(30)

    await asyncio.to_thread(storm)
