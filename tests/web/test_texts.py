"""What is accepted comes back code point for code point: nothing is cleaned, folded or cut."""

from __future__ import annotations

import hashlib
import json

from tests.web.kit import Service
from tests.web.naughty import NAUGHTY


async def test_accepted_text_comes_back_code_point_for_code_point(service: Service):
    assert len(set(NAUGHTY)) == len(NAUGHTY) >= 100
    texts = {f"n{at}": text + " idiot" for at, text in enumerate(NAUGHTY)}
    for name, text in texts.items():
        raw = json.dumps({"text": text, "external_id": name}, ensure_ascii=len(name) % 2 == 0)
        answer = await service.ask(
            "POST", "/v1/comments", raw=raw.encode(), headers={"Prefer": "wait=5"}
        )
        assert answer.status == 200, (name, answer.text)
        assert answer.body["decision"] == "hold", name
        assert answer.body["text_sha256"] == hashlib.sha256(text.encode()).hexdigest(), name
    found: dict[str, str] = {}
    cursor: dict[str, str] = {}
    while cursor.get("cursor") or not found:
        page = (await service.ask("GET", "/v1/queue", scope="moderate", limit="40", **cursor)).body
        found |= {one["external_id"]: one["text"] for one in page["comments"]}
        cursor = {"cursor": page["next"]} if page["next"] else {}
        if not cursor:
            break
    assert found == texts


async def test_names_come_back_as_they_were_said(service: Service):
    for at, name in enumerate(one for one in NAUGHTY if len(one) <= 500):
        context = {"article_id": name, "title": name, "parent_text": name, "url": name}
        sent = await service.submit(
            f"you idiot {at}", external_id=name, context=context, metadata={name: [name]}
        )
        found = await service.ask("GET", "/v1/comments", external_id=name)
        assert (found.status, found.body["id"]) == (200, sent["id"]), name
        page = await service.ask("GET", "/v1/queue", scope="moderate", article=name)
        (held,) = page.body["comments"]
        assert held["external_id"] == held["context"]["title"] == name
        assert held["metadata"] == {name: [name]}
