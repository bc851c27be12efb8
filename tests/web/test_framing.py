"""Broken framing and slow senders, byte by byte over a socket: a 4xx or a close, never a hang."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.web.bad_bodies import CANARY, GOOD
from tests.web.kit import Service, key, serving

BODY = json.dumps(GOOD).encode()
AUTH = f"Authorization: Bearer {key('default', 'submit')}\r\n".encode()
TYPE = b"Content-Type: application/json\r\n"
HOST = b"Host: localhost\r\n"
POST = b"POST /v1/comments HTTP/1.1\r\n" + HOST + AUTH + TYPE
#: Far beyond any limit here; a hang is a failure, not a number.
PATIENCE_S = 20.0


def framed(headers: bytes, body: bytes = BODY) -> bytes:
    return POST + headers + b"\r\n" + body


LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)

#: Each with the statuses that are right; None: closing without an answer is right too.
BROKEN: dict[str, tuple[bytes, set[int | None]]] = {
    "no HTTP": (CANARY.encode() + b"\r\n\r\n", {400}),
    "binary": (bytes(range(256)), {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "HTTP/0.9": (b"GET /v1/decisions\r\n\r\n", {400, 401}),
    "a version that is none": (POST.replace(b"HTTP/1.1", b"HTTP/x.y") + LENGTH + b"\r\n", {400}),
    "another protocol": (POST.replace(b"HTTP/1.1", b"SIP/2.0") + LENGTH + b"\r\n", {400}),
    "a method that is none": (framed(LENGTH).replace(b"POST", b"P(ST"), {400, 405}),
    "an unknown method": (framed(LENGTH).replace(b"POST", b"BREW"), {400, 405}),
    "a header without a colon": (framed(LENGTH + b"nocolon\r\n"), {400}),
    "a space before the colon": (framed(LENGTH + b"X : 1\r\n"), {400}),
    "an empty name": (framed(LENGTH + b": 1\r\n"), {400}),
    "NUL in a header": (framed(LENGTH + b"X: a\x00b\r\n"), {400}),
    "CR in a header": (framed(LENGTH + b"X: a\rb\r\n"), {400}),
    "a folded header": (framed(LENGTH + b"X: a\r\n b\r\n"), {400}),
    "a name with stray bytes": (framed(LENGTH + b"X\xff: a\r\n"), {400}),
    "a long header": (framed(LENGTH + b"X: " + b"a" * 20_000 + b"\r\n"), {400}),
    "a long name": (framed(LENGTH + b"X" * 20_000 + b": a\r\n"), {400}),
    "many headers": (framed(LENGTH + b"X: a\r\n" * 1000), {400}),
    "a long path": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    "a long query": (b"GET /v1/decisions?x=" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", {400}),
    "stray bytes in the path": (b"GET /v1/\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", {400, 404}),
    "stray bytes in the query": (
        b"GET /v1/comments?external_id=\xff HTTP/1.1\r\n" + HOST + AUTH + b"\r\n", {400},
    ),
    "NUL in the path": (b"GET /v1/\x00 HTTP/1.1\r\n" + HOST + b"\r\n", {400, 404}),
    "a port that is none": (
        b"GET http://h:x/v1/decisions HTTP/1.1\r\n" + HOST + AUTH + b"\r\n", {400, 200, 404},
    ),
    "a negative length": (framed(b"Content-Length: -1\r\n"), {400}),
    "a length in words": (framed(b"Content-Length: ten\r\n"), {400}),
    "a length with a sign": (framed(b"Content-Length: +%d\r\n" % len(BODY)), {400}),
    "an endless length": (framed(b"Content-Length: " + b"9" * 100 + b"\r\n"), {400, 413}),
    "a length of a terabyte": (framed(b"Content-Length: 1000000000000\r\n"), {413}),
    "two lengths": (framed(LENGTH + b"Content-Length: 1\r\n"), {400}),
    "a list of lengths": (framed(b"Content-Length: 1, %d\r\n" % len(BODY)), {400}),
    "a length and chunks": (framed(LENGTH + CHUNKED, CHUNK + b"0\r\n\r\n"), {400}),
    "an unknown coding": (framed(b"Transfer-Encoding: gzip\r\n"), {400, 415}),
    "chunks within gzip": (framed(b"Transfer-Encoding: gzip, chunked\r\n", CHUNK), {400, 408, 415}),
    "chunks twice": (framed(b"Transfer-Encoding: chunked, chunked\r\n", CHUNK), {400}),
    "a hidden coding": (framed(b"Transfer-Encoding: xchunked\r\n", CHUNK), {400}),
    "a chunk of no size": (framed(CHUNKED, b"zz\r\n" + BODY), {400}),
    "a chunk of negative size": (framed(CHUNKED, b"-5\r\n" + BODY), {400}),
    "an endless chunk size": (framed(CHUNKED, b"f" * 100 + b"\r\n" + BODY), {400}),
    "a chunk longer than said": (framed(CHUNKED, b"5\r\n" + BODY + b"\r\n0\r\n\r\n"), {400}),
    "a chunk without its end": (framed(CHUNKED, b"%x\r\n%sx" % (len(BODY), BODY)), {400}),
    "a long chunk extension": (framed(CHUNKED, b"5;" + b"a" * 200_000 + b"\r\n"), {400, 408}),
    "no last chunk": (framed(CHUNKED, CHUNK), {408}),
    "no body at all": (framed(b"", b""), {400}),
    "less than said": (framed(b"Content-Length: 500\r\n"), {408}),
    "an expectation": (framed(LENGTH + b"Expect: %s\r\n" % CANARY.encode()), {417}),
    "too much is announced": (
        framed(b"Content-Length: 9000000\r\nExpect: 100-continue\r\n", b""), {413},
    ),
    "a switch of protocols": (
        framed(LENGTH + b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"no json at all"), {400, 408},
    ),
    "two types": (framed(LENGTH + b"Content-Type: text/plain\r\n"), {400, 415}),
    "two keys": (framed(LENGTH + AUTH), {401}),
    "two encodings": (
        framed(LENGTH + b"Content-Encoding: identity\r\nContent-Encoding: x\r\n"), {415},
    ),
    "a stray encoding": (framed(LENGTH + b"Content-Encoding: \xff\r\n"), {415}),
}  # fmt: skip


@pytest.fixture
async def hasty(embedded_url: str) -> AsyncIterator[Service]:
    """An API that soon gives up on a body."""
    async with serving(embedded_url, works=False, body_timeout_s=0.2) as running:
        yield running


async def exchange(service: Service, *parts: bytes, pause_s: float = 0.0) -> list[bytes]:
    """Send bytes and return the answers, up to the first final one, or [] when it just closes."""
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    sending = asyncio.create_task(_send(writer, parts, pause_s))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while head := await _head(reader):
                if not head.startswith(b"HTTP/1.1 100 "):
                    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                    return [head, await reader.readexactly(length)]
            return []
    finally:
        sending.cancel()
        await asyncio.wait([sending])
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def _send(writer: asyncio.StreamWriter, parts: tuple[bytes, ...], pause_s: float) -> None:
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
    except ConnectionError:
        pass  # it has been answered already


def status(answer: list[bytes]) -> int | None:
    return int(answer[0].split(b" ")[1]) if answer else None


async def test_broken_framing_is_refused(hasty: Service):
    keys = await hasty.keys()
    for case, (raw, statuses) in BROKEN.items():
        answer = await exchange(hasty, raw)
        assert status(answer) in statuses, (case, answer)
        if not answer or status(answer) == 200:
            continue
        head, body = answer
        assert b"application/problem+json" in head, (case, answer)
        assert b"\r\nserver:" not in head.lower(), case
        assert json.loads(body)["status"] == status(answer), case
        assert CANARY.encode() not in head + body, case
    assert await hasty.keys() == keys


async def test_what_is_cut_off_is_not_stored(hasty: Service):
    whole, keys = framed(LENGTH), await hasty.keys()
    address = urlsplit(hasty.url)
    for end in range(1, len(whole), 7):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(whole[:end])
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.read()
        assert answer[:10] in {b"", b"HTTP/1.1 4"}, (end, answer)
        writer.close()
    assert await hasty.keys() == keys
    assert status(await exchange(hasty, whole)) == 202


async def test_a_body_that_trickles_is_not_waited_for(hasty: Service):
    keys = await hasty.keys()
    trickle = [bytes([byte]) for byte in BODY]
    for parts in ([framed(LENGTH, b"")], [framed(LENGTH, b""), *trickle]):
        answer = await exchange(hasty, *parts, pause_s=0.05)
        assert status(answer) == 408, answer
        assert b"connection: close" in answer[0].lower()
    assert await hasty.keys() == keys


async def test_a_stalled_caller_keeps_nobody_waiting(hasty: Service):
    address = urlsplit(hasty.url)
    stalled = [await asyncio.open_connection(address.hostname, address.port) for _ in range(100)]
    for _, writer in stalled:
        writer.write(POST + b"Content-Length: 100\r\n\r\n{")
    assert status(await exchange(hasty, framed(LENGTH))) == 202
    for _, writer in stalled:
        writer.close()


async def test_a_request_behind_a_refused_one_is_still_answered(hasty: Service):
    bad = framed(b"Content-Length: 1\r\n", b"x")
    answer = await exchange(hasty, bad + framed(LENGTH))
    assert status(answer) == 400


async def test_more_at_once_than_can_be_answered_is_refused(
    idle: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("moderation.web.middlewares.MAX_IN_FLIGHT", 2)
    waiting = [
        asyncio.create_task(idle.ask("POST", "/v1/comments", {"text": f"text {n}"},
                                     headers={"Prefer": "wait=1"}))
        for n in range(8)
    ]  # fmt: skip
    answers = await asyncio.gather(*waiting)
    assert sorted(answer.status for answer in answers) == [202] * 2 + [503] * 6
    refused = next(answer for answer in answers if answer.status == 503)
    assert refused.headers["Retry-After"] == "1"
    assert refused.body["type"].endswith(":overloaded")
    assert len(await idle.pending()) == 2


async def test_what_all_bodies_hold_together_is_bounded(
    hasty: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("moderation.web.strict_json.MAX_TOGETHER", 3 * len(BODY))
    slow = [
        asyncio.create_task(exchange(hasty, framed(LENGTH, BODY[:-1]), pause_s=1.0))
        for _ in range(5)
    ]
    assert sorted(str(status(answer)) for answer in await asyncio.gather(*slow)) == [
        "408", "408", "408", "503", "503",
    ]  # fmt: skip
    assert status(await exchange(hasty, framed(LENGTH))) == 202, "all of it is free again"
