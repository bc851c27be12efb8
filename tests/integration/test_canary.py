"""The text of comments is nowhere but in their payloads: no log line, metric, URL or warning.

One run through everything that may go wrong, with all loggers at DEBUG and asyncio's own debugging.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import generate_latest

from moderation.domain.decision import Decision
from moderation.domain.people import Person, Role
from moderation.services.direct import DirectScoring
from moderation.services.explaining import Explaining
from moderation.services.live import Live
from moderation.services.people import People
from moderation.services.reviewing import Reviewing
from moderation.services.scoring import LocalScoring
from moderation.store import keys
from moderation.telemetry import configure_logging
from moderation.web.context import ApiContext
from moderation.web.server import create_api, create_runner
from tests import service_kit as kit
from tests.fakes import faulty_scorer
from tests.program import Caller, calling
from tests.receiver import receiving
from tests.service_kit import SITE, Service, service, until

CANARY = "kanarienvogel"
KEY = "k" * 32
DEEDS = [*faulty_scorer._ANSWERS, "raise", "crash", "print", "hang"]


@pytest.fixture
def logged() -> io.StringIO:
    """Everything that is logged, at DEBUG."""
    stream = io.StringIO()
    configure_logging(stream, "DEBUG")
    return stream


@asynccontextmanager
async def api_of(s: Service) -> AsyncIterator[str]:
    """Serve the API of a service and yield its address."""
    context = ApiContext(
        settings=s.settings, store=s.store, intake=s.intake, listing=s.listing, review=s.review,
        explaining=Explaining(s.store, LocalScoring.sharing(s.pool), s.settings.explain, s.metrics),
        keeping=s.keeping, people=People(s.store, s.settings), metrics=s.metrics,
        reviewing=Reviewing(s.store, s.settings, s.book, s.metrics), live=Live(s.store),
        direct=DirectScoring(LocalScoring.sharing(s.pool), s.settings.direct),
        policies=s.book, draining=lambda: False,
    )  # fmt: skip
    runner = create_runner(create_api(context), drain_s=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def bad_requests(caller: Caller, api: str) -> list[str]:
    """Send what is refused, with CANARY in it, and return the answers."""
    url, said = f"{api}/v1/comments", f"you idiot, {CANARY}"
    bodies = [
        b'{"text": "' + said.encode(), b'{"text": "' + CANARY.encode() + b'\xff"}',
        b'{"text": "\\ud800 ' + CANARY.encode() + b'"}',
        json.dumps({"text": said, CANARY: 1}).encode(),
        json.dumps({"text": said, "text_format": CANARY}).encode(),
        json.dumps({"text": said, "callback_url": f"https://evil.example/{CANARY}"}).encode(),
        json.dumps({"text": said * 5000}).encode(),
        json.dumps([said]).encode(), b'{"text": NaN, "' + CANARY.encode() + b'": 1}',
        (f'{{"text": "{said}", "text": "{said}"}}').encode(),
    ]  # fmt: skip
    answers = []
    for body in bodies:
        headers = {"Content-Type": "application/json"}
        async with caller.http.post(url, data=body, headers=headers) as response:
            assert 400 <= response.status < 500
            answers.append(await response.text())
    paths = [
        f"comments/{CANARY}", CANARY, f"queue?order={CANARY}", f"queue?cursor={CANARY}",
        f"comments?external_id={CANARY}&{CANARY}=1",
    ]  # fmt: skip
    answers += [(await caller.get(f"{api}/v1/{path}"))[1] for path in paths]
    return answers


async def at_the_page(s: Service, comment: str) -> None:
    """Claim, hand on, take back and decide a held comment, with notes, and look around it."""
    ada = Person("p_ada", "Ada", Role.MODERATOR)
    page, live = Reviewing(s.store, s.settings, s.book, s.metrics), Live(s.store)
    s.run(live)
    async with live.follow(SITE) as listener:
        await page.cards(SITE, ada)
        version = (await s.answer(comment))["version"]
        escalated = await page.escalate(SITE, ada, comment, version, CANARY)
        undone = await page.undo(SITE, ada, comment, escalated["version"])
        args = (Decision.REJECT, "spam", CANARY)
        await page.decide(SITE, ada, comment, undone["version"], *args)
        assert CANARY in str(await page.author(SITE, ada, comment))
        assert CANARY in str(await page.thread(SITE, comment))
        assert CANARY in str(await page.find(SITE, author=CANARY))
        told = [await anext(listener) for _ in range(3)]
    assert CANARY not in str(told)


async def through_everything(s: Service, caller: Caller, api: str, hook: str) -> list[str]:
    """Submit, fail, edit, decide, conflict and erase; return the answers to callers."""
    url = f"{api}/v1/comments"

    async def submit(text: str, name: str, **fields: Any) -> tuple[int, dict[str, Any]]:
        body = {
            "text": text, "external_id": name, "author": {"id": CANARY, "name": CANARY},
            "context": {"title": CANARY, "article_id": CANARY, "parent_text": CANARY},
            "metadata": {CANARY: CANARY}, "callback_url": hook, **fields,
        }  # fmt: skip
        return await caller.post(url, body)

    answers = [await submit(f"please {deed} {CANARY}", deed) for deed in DEEDS]
    answers += [await submit(f"<p>fine {CANARY} {n}", f"good {n}", text_format="html")
                for n in range(5)]  # fmt: skip
    ids = [answer["id"] for _, answer in answers]
    await s.decided(ids)
    answers.append(await submit(f"another {CANARY}", "good 1"))
    assert answers[-1][0] == 409
    comment = ids[-1]
    await s.edit(comment, f"edited {CANARY}", "good 4")
    await s.decided([comment])
    for explained in (comment, ids[0], "c_" + "a" * 32):
        answers.append((0, {"said": (await caller.get(f"{url}/{explained}/explain"))[1]}))
    said = kit.person(comment, 4, Decision.REJECT, note=CANARY)
    await s.review.decide(said)
    await at_the_page(s, ids[0])
    await s.keeping.erase(SITE, ids[-2], "key1")
    await s.store.redis.set(keys.payload(0, ids[-3]), f'{{"text": "{CANARY}"')
    answers.append(await caller.post(f"{url}/{ids[-3]}/decision", {"decision": "approve"}))
    answers.append((0, {"queue": (await caller.get(f"{api}/v1/queue"))[0]}))
    await s.store.redis.delete(keys.policy("default"))
    s.book._known.clear()
    answers.append(await submit(f"no policy for {CANARY}", "unjudged"))
    await s.decided([answers[-1][1]["id"]])
    return [json.dumps(body) for _, body in answers]


async def test_no_text_is_ever_seen(embedded_url: str, logged: io.StringIO) -> None:
    asyncio.get_running_loop().set_debug(True)
    changes = {
        "worker.max_attempts": 1,
        "worker.rescore_backoff_s": (0.5,),
        f"sites.{SITE}.api_keys": (
            {"name": "cms", "key": KEY, "scopes": ["submit", "moderate", "admin"]},
        ),
    }

    async def failing(call: int) -> web.Response:
        return web.Response(status=500 if call % 2 else 204)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with receiving(failing) as hook:
            origins = {f"sites.{SITE}.callback_origins": (f"http://127.0.0.1:{hook.port}",)}
            async with (
                service(embedded_url, {**hook.allowed, **changes, **origins}) as s,
                api_of(s) as api,
                calling(KEY) as caller,
            ):
                await s.work()
                s.run(s.notifier())
                s.run(s.health)
                answers = await through_everything(s, caller, api, hook.url)
                answers += await bad_requests(caller, api)
                await until(lambda: len(hook.accepted) >= len(DEEDS) + 5)
                metrics = generate_latest(s.metrics.registry).decode()
        gc.collect()
    assert CANARY not in metrics
    assert CANARY not in "".join(hook.paths)
    assert not any(CANARY in call.body for call in hook.heard)
    assert not any(CANARY in str(warning.message) for warning in warned)
    assert [line for line in logged.getvalue().splitlines() if CANARY in line] == []
    assert '"level": "debug"' in logged.getvalue()
    assert "judging failed" in logged.getvalue()
    assert [answer for answer in answers if CANARY in answer] == []
