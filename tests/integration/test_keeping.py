"""Erasure and retention: what goes is gone from every key and, soon after, from the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from moderation.domain.decision import Decision
from moderation.domain.errors import NotFoundError
from moderation.store.embedded import EmbeddedServer
from tests import service_kit as kit
from tests.contract.store_kit import everything
from tests.service_kit import OTHER_SITE, SITE, Service, service, until

CANARY = "kanarienvogel"
AUTHOR, NOTE = f"{CANARY}-author", f"{CANARY} in a note"
KEEPS_NAMES = {f"sites.{SITE}.keep_author_name": True}


async def with_canary(s: Service, name: str = "1", **fields: Any) -> str:
    """Return a comment that says CANARY wherever a comment can, decided by model and person."""
    answer = await s.submit(
        f"you are an idiot, {CANARY}", name, author=AUTHOR, article=f"{CANARY}-article",
        callback_url=f"https://cms.example/{CANARY}", metadata={"seen": CANARY}, **fields,
    )  # fmt: skip
    [decided] = await s.decided([answer["id"]])
    said = kit.person(answer["id"], decided["version"], Decision.REJECT, who="ada", note=NOTE)
    await s.review.decide(said)
    return str(answer["id"])


async def holding(s: Service, word: str) -> list[str]:
    """Return the keys in which a word stands, as a name or within."""
    return [key for key, held in (await everything(s.store)).items() if word in key + held]


async def test_erased_is_in_no_key_and_leaves_a_tombstone(embedded_url: str) -> None:
    async with service(embedded_url, KEEPS_NAMES) as s:
        await s.work()
        comment = await with_canary(s)
        assert await holding(s, CANARY)
        left = await s.keeping.erase(SITE, comment, "key1")
        assert left["status"] == "erased"
        for gone in ("decision", "scores", "text_sha256", "external_id"):
            assert left[gone] is None
        assert left["reasons"] == []
        assert await holding(s, CANARY) == []
        assert await holding(s, "idiot") == []
        received, _, *later = await s.trail(comment)
        assert (received, later) == ("received", ["reject by person", "erased"])
        again = await s.keeping.erase(SITE, comment, "key2")
        assert again == left


async def test_what_is_kept_of_a_person_s_decision_names_them_by_id_only(
    embedded_url: str,
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await with_canary(s)
        await s.keeping.erase(SITE, comment, "key1")
        event = (await s.listing.history(SITE, comment))[2]
        assert event["actor"] == {"id": "ada", "name": None, "via": "key1"}
        assert "note" not in event
        assert "reasons" not in event


async def test_a_late_retry_or_edit_does_not_bring_it_back(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await with_canary(s)
        await s.keeping.erase(SITE, comment, "key1")
        retried = await s.submit(f"you are an idiot, {CANARY}", "1")
        assert (retried["id"], retried["status"]) == (comment, "erased")
        with pytest.raises(NotFoundError):
            await s.edit(comment, f"another {CANARY}", "1")
        assert await holding(s, "idiot") == []


async def test_another_site_s_comment_can_t_be_erased(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await with_canary(s)
        for site, name in ((OTHER_SITE, comment), (SITE, "c_" + "a" * 32)):
            with pytest.raises(NotFoundError):
                await s.keeping.erase(site, name, "key1")
        assert (await s.answer(comment))["status"] == "decided"


async def test_the_feed_tells_that_an_erased_comment_was_decided_and_no_more(
    embedded_url: str,
) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await with_canary(s)
        await s.keeping.erase(SITE, comment, "key1")
        feed = (await s.listing.decisions(SITE, None, 10)).items
        assert [(one["id"], one["status"]) for one in feed] == [(comment, "erased")] * 2
        assert CANARY not in str(feed)


async def test_texts_go_when_their_time_has_come_and_records_later(embedded_url: str) -> None:
    async with service(embedded_url) as s:
        await s.work()
        comment = await with_canary(s)
        await s.store.redis.delete(f"{{s0}}:o:{comment}")  # as if its callbacks had gone out
        await s.keeping.sweep()
        assert await s.store.redis.exists(f"{{s0}}:c:{comment}")
        await due_now(s, comment)
        await s.keeping.sweep()
        assert not await s.store.redis.exists(f"{{s0}}:c:{comment}")
        assert (await s.answer(comment))["text_sha256"] is None
        assert (await s.answer(comment))["decision"] == "reject"
        assert s.count("swept_total", what="text") == 1
        await s.store.redis.hset(f"{{s0}}:m:{comment}", "rcv", "1")  # received long ago
        await due_now(s, comment)
        await s.keeping.sweep()
        assert s.count("swept_total", what="record") == 1
        with pytest.raises(NotFoundError):
            await s.answer(comment)
        assert (await s.listing.decisions(SITE, None, 10)).items == []


async def due_now(s: Service, comment: str) -> None:
    assert await s.store.redis.zadd("{s0}:exp", {comment: 1}, xx=True, ch=True)


async def test_the_log_on_disk_is_rewritten_without_what_was_erased(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    server = EmbeddedServer(directory)
    try:
        async with service(await server.start()) as s:
            await s.work()
            comment = await with_canary(s)
            other = await with_canary(s, "2", language="en")
            assert found_in(directory, f"idiot, {CANARY}")
            await s.keeping.erase(SITE, comment, "key1")
            await s.keeping.erase(SITE, other, "key1")
            keeper = s.run(s.keeping)
            await until(lambda: not found_in(directory, CANARY))
            s.keeping.stop()
            async with asyncio.timeout(kit.PATIENCE_S):
                await keeper
            assert (await s.answer(comment))["status"] == "erased"
    finally:
        await server.stop()


def found_in(directory: Path, word: str) -> bool:
    """Return whether any file of the server holds a word, those about to be deleted left out."""
    for path in directory.rglob("*"):
        try:
            if path.is_file() and word.encode() in path.read_bytes():
                return True
        except FileNotFoundError:
            continue
    return False
