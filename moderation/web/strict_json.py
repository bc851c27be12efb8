"""A request's body: read under limits, and read as JSON in one way only.

What two readers could understand differently is refused: duplicate keys, NaN, numbers no double
holds, lone surrogates, NUL. Refusals name the rule; they never repeat the body.
"""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from moderation.settings import Api
from moderation.web.problems import Problem, overloaded

#: What all bodies together may hold while they arrive (bytes): 64 of the longest by default.
MAX_TOGETHER = 64 * 1024 * 1024
_JSON = "application/json"
_MAX_DEPTH = 32
_MAX_DIGITS = 20  # an integer of 64 bits with its sign


class _RefusedError(ValueError):
    """Raised inside the JSON reader; its message is a fixed phrase."""


class BodyReader:
    """Reads the bodies of one process; what they hold together while they arrive is bounded.

    Without that bound a thousand slow senders, known or not, could hold a gigabyte.
    """

    def __init__(self, limits: Api) -> None:
        self._limits = limits
        self._held = 0

    async def read(self, request: web.Request, media_type: str | None = _JSON) -> bytes:
        """Return the raw body. Raises Problem: 413 and 415 before it is read, 400, 408, 503.

        Without a `media_type` a body that calls itself anything, or nothing, is read.
        """
        _check_media_type(request, media_type)
        length = request.content_length
        if length is not None and length > self._limits.max_body_bytes:
            raise self._too_large()
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(self._limits.body_timeout_s):
                await self._fill(chunks, request)
        except TimeoutError:
            raise Problem("timeout", "the body did not arrive in time", close=True) from None
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            raise Problem("bad-request", "the body's framing is broken", close=True) from None
        finally:
            self._held -= sum(map(len, chunks))
        return b"".join(chunks)

    async def _fill(self, chunks: list[bytes], request: web.Request) -> None:
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > self._limits.max_body_bytes:
                raise self._too_large()
            if self._held + len(chunk) > MAX_TOGETHER:
                raise overloaded("too many bodies at once; nothing was stored")
            chunks.append(chunk)
            self._held += len(chunk)

    def _too_large(self) -> Problem:
        most = self._limits.max_body_bytes
        return Problem("too-large", "the body is too long", close=True, max_bytes=most)


def _check_media_type(request: web.Request, media_type: str | None) -> None:
    encodings = request.headers.getall(hdrs.CONTENT_ENCODING, [])
    if any(encoding.strip().lower() not in {"", "identity"} for encoding in encodings):
        raise _unsupported("no Content-Encoding is read")
    if media_type is None:
        return
    if len(request.headers.getall(hdrs.CONTENT_TYPE, [])) != 1:
        raise _unsupported(f"one Content-Type is required: {media_type}")
    if request.content_type != media_type:
        raise _unsupported(f"the Content-Type must be {media_type}")
    if (request.charset or "utf-8").lower() != "utf-8":
        raise _unsupported("the charset must be utf-8")


def parse(raw: bytes) -> Any:  # noqa: ANN401
    """Return the one value that the bytes are JSON for. Raises Problem."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
        _check(value)
    except _RefusedError as refused:
        raise Problem("bad-request", str(refused)) from None
    except UnicodeDecodeError:
        raise Problem("bad-request", "the body is not UTF-8") from None
    except RecursionError:
        raise Problem("bad-request", "the JSON is nested too deeply") from None
    except ValueError:
        raise Problem("bad-request", "the body is not JSON") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _RefusedError("a key stands twice in one object")
    return made


def _constant(_: str) -> float:
    raise _RefusedError("NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise _RefusedError("a number is out of range")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _RefusedError("a number is out of range")
    return value


def _check(value: object) -> None:
    """Refuse what can't be stored as text, and depth that later readers would choke on."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        deeper: list[object] = []
        for one in level:
            if isinstance(one, str):
                _check_text(one)
            elif isinstance(one, list):
                deeper += one
            elif isinstance(one, dict):
                deeper += one.keys()
                deeper += one.values()
        if not deeper:
            return
        level = deeper
    raise _RefusedError("the JSON is nested too deeply")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _RefusedError("a text holds the NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _RefusedError("a text holds half of a surrogate pair") from None


def _unsupported(detail: str) -> Problem:
    return Problem("unsupported", detail, close=True)
