"""Perspective's wire format, since the service itself can't be asked: answers as it wrote them.

A text with "idiot" has 0.912, another 0.037, unless its score is given. Bodies are indented as
Google's are, so that one that was read and written again would differ. What was asked is kept, for
a test to look at.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

INVALID = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
QUOTA = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "RATE_LIMIT_EXCEEDED",
    "domain": "googleapis.com",
}


@dataclass
class Perspective:
    """What it is to do next, and what it was asked. `status`: 200, or the error to answer with.

    `scores`: of texts whose score is given.
    """

    url: str = ""
    status: int = 200
    delay_s: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)
    calls: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.calls.append((request.method, request.path_qs, dict(request.headers), raw))
        await asyncio.sleep(self.delay_s)
        if self.status == 502:
            return web.Response(status=502, text="<html>Bad gateway", content_type="text/html")
        status, answer = self._said(raw)
        body = (json.dumps(answer, indent=2) + "\n").encode()
        self.answers.append(body)
        headers = {"Alt-Svc": 'h3=":443"', "Vary": "Origin", "Server": "ESF"}
        if status == 429:
            headers["Retry-After"] = "7"
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
        return web.Response(status=status, body=body, headers=headers,
                            content_type="application/json", charset="UTF-8")  # fmt: skip

    def _said(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        if self.status == 429:
            return 429, _error(429, "Quota exceeded for quota metric", "RESOURCE_EXHAUSTED", QUOTA)
        asked = json.loads(raw or b"{}")
        text = asked.get("comment", {}).get("text", "")
        if not text:
            detail = {"@type": INVALID, "errorType": "COMMENT_EMPTY"}
            return 400, _error(400, "Comment must be non-empty.", "INVALID_ARGUMENT", detail)
        if "attributeScores" in asked:
            return 200, {"detectedLanguages": ["en"], "requestedLanguages": ["en"]}
        value = self.scores.get(text, 0.9120001 if "idiot" in text else 0.03765432)
        score = {"value": value, "type": "PROBABILITY"}
        scores = {
            name: {"spanScores": [{"begin": 0, "end": len(text), "score": score}],
                   "summaryScore": score}
            for name, wanted in asked["requestedAttributes"].items()
            if value >= wanted.get("scoreThreshold", 0)
        }  # fmt: skip
        languages = asked.get("languages") or ["en"]
        return 200, {
            "attributeScores": scores, "languages": languages, "detectedLanguages": languages
        }  # fmt: skip


def _error(code: int, message: str, status: str, detail: dict[str, str]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": [detail]}}


@asynccontextmanager
async def perspective() -> AsyncIterator[Perspective]:
    """Yield one that listens."""
    fake = Perspective()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()
