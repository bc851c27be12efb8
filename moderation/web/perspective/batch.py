"""`/batch`: several calls in one request, each an HTTP message in a part of a multipart body."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import MultipartWriter, hdrs, payload, web

from moderation.web.perspective.refusals import Refused

#: The most calls in a batch, as there.
MOST = 100
_APPLICATION_HTTP = "application/http"


@dataclass(frozen=True, slots=True)
class Part:
    """One call: what its answer is named after, and what it asks."""

    content_id: str
    method: str
    path: str
    key: str | None
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: dict[str, Any] = field(repr=False)


async def answered(
    content_type: str, raw: bytes, answer: Callable[[Part], Awaitable[Reply]]
) -> web.Response:
    """Answer each call by itself, in order. Raises Refused for what is no batch."""
    with MultipartWriter("mixed") as writer:
        for part in _parts(content_type, raw):
            reply = await answer(part)
            writer.append_payload(_payload(part, reply))
    return web.Response(body=writer)


def _parts(content_type: str, raw: bytes) -> list[Part]:
    kind = Message()
    kind["Content-Type"] = content_type
    is_mixed = kind.get_content_type() == "multipart/mixed"
    boundary = kind.get_boundary() if is_mixed else None
    parts = _between(boundary, raw) if boundary else []
    if not parts:
        raise Refused("A batch is multipart/mixed, with a call in each part")
    # The headers alone: what a part holds is never read as parts of its own, however deep.
    found = [BytesHeaderParser().parsebytes(part) for part in parts]
    return [_part(str(part.get("Content-ID", "")), _bytes(part)) for part in found]


def _between(boundary: str, raw: bytes) -> list[bytes]:
    """Return what stands between the lines of a boundary (RFC 2046, 5.1.1). Raises Refused."""
    named = re.escape(boundary.encode("latin-1", "replace"))
    found: list[bytes] = []
    start = None
    for line in re.finditer(rb"(?m)^--" + named + rb"(--)?[ \t]*\r?(?:\n|\Z)", raw):
        if start is not None:
            found.append(raw[start : line.start()])
        if len(found) > MOST:
            raise Refused(f"The batch has more than {MOST} calls")
        start = line.end()
        if line[1]:
            return found
    return found if start is None else [*found, raw[start:]]


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _part(content_id: str, raw: bytes) -> Part:
    """Read `POST /path HTTP/1.1`, headers, an empty line and a body; lines end in LF or CRLF."""
    ends = [(at, end) for end in (b"\r\n\r\n", b"\n\n") if (at := raw.find(end)) >= 0]
    at, end = min(ends, default=(len(raw), b""))
    method, target, *_ = [*raw[:at].split(b"\n", 1)[0].decode("latin-1").split(), "", ""]
    try:
        address = urlsplit(target)
    except ValueError:
        raise Refused("The batch is malformed") from None
    key = parse_qs(address.query).get("key", [None])[0]
    return Part(content_id, method.upper(), address.path, key, raw[at + len(end) :])


def _payload(part: Part, reply: Reply) -> payload.Payload:
    body = json.dumps(reply.body).encode()
    head = (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        "Content-Type: application/json; charset=UTF-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    made = payload.BytesPayload(head.encode() + body, content_type=_APPLICATION_HTTP)
    named = part.content_id.strip().removeprefix("<").removesuffix(">")
    if named.isascii() and named.isprintable() and named:
        made.headers["Content-ID"] = f"<response-{named}>"
    made.headers.popall(hdrs.CONTENT_DISPOSITION, None)
    return made
