"""Bodies that must be refused, in families; each holds the canary where its text would be."""

from __future__ import annotations

import json
from typing import Any

CANARY = "canary-7f3a"
GOOD = {"text": f"{CANARY} is fine", "external_id": CANARY}
_WHOLE = json.dumps(GOOD).encode()


def _text(literal: str) -> bytes:
    return b'{"external_id": "%s", "text": %s}' % (CANARY.encode(), literal.encode())


def _metadata(literal: str) -> bytes:
    return b'{"text": "%s", "metadata": %s}' % (CANARY.encode(), literal.encode())


def broken() -> list[bytes]:
    """What is no JSON: every beginning of a good body, and what people write instead."""
    cut = [_WHOLE[:end] for end in range(len(_WHOLE))]
    literals = [
        "'x'", "x", '"x', '"\t"', '"\n"', '"\x1f"', '"\\x41"', '"\\u12"', '"\\u12g4"', '"\\"',
        '"x" "y"', '"x" // no', '"x" /* no */', "`x`", "nul", "True", "None", "undefined",
        "[,]", "[1,]", "[1 2]", "{,}", '{"a"}', '{"a":}', '{a:1}', "{1:1}", '{"a":1,}', "]", "}",
        "(1)", "«x»", "“x”", "01", "+1", ".5", "1.", "1e", "1e+", "0x10", "--1", "1_000",
        "1,5", "١", "-", "- 1", "#", "<x>", "&quot;x&quot;", "%22x%22", ",", ":", '"x"\x0b',
        "\u00a0\"x\"", "\ufeff\"x\"", "0b1", "1n", "1f", "-Inf", "inf", "nan", "+Infinity",
    ]  # fmt: skip
    around = [
        _WHOLE + b"x", _WHOLE + _WHOLE, _WHOLE + b"\x00", b"x" + _WHOLE, b"\x00" + _WHOLE,
        b"text=" + CANARY.encode(), b"<c>" + CANARY.encode() + b"</c>", _WHOLE + b",", b"\x0c",
        b"--x\r\n\r\n" + _WHOLE, b"while(1);" + _WHOLE, b")]}'\n" + _WHOLE, _WHOLE + b"]",
        b'"\xe2\x80\xa8', b"\n", b" ", b"\r\n\r\n",
    ]  # fmt: skip
    return cut + [_text(one) for one in literals] + around


def misencoded() -> list[bytes]:
    """What is not UTF-8, or begins with a byte order mark."""
    text = _WHOLE.decode()
    marks = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"+/v8"]
    stray = [
        b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xc3",
        b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xed\xa0\xbd\xed\xb8\x80",
        b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80",
        b"na\xefve", b"\x93x\x94", b"\xa4\xa2", b"\x1b$B\x1b(B",
    ]  # fmt: skip
    whole = [text.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037")]
    marked = [mark + _WHOLE for mark in marks]
    return marked + whole + [b'{"text": "%s"}' % (CANARY.encode() + one) for one in stray]


def twice() -> list[bytes]:
    """A key that stands twice in one object, at any depth."""
    pair = f'{{"a": "{CANARY}", "a": 1}}'
    name = CANARY.encode()
    return [
        b'{"text": "%s", "text": "%s"}' % (name, name),
        b'{"text": "%s", "external_id": "1", "text": "x"}' % name,
        b'{"text": "%s", "t\\u0065xt": "x"}' % name,
        b'{"text": "%s", "author": {"id": "1", "id": "1"}}' % name,
        b'{"text": "%s", "context": {"title": "a", "title": "b"}}' % name,
        *[_metadata(pair.join(around)) for around in ("[]", ["[[[", "]]]"], ['{"b":', "}"])],
        *[_metadata('{"%s":' % ("b" * n) + pair + "}") for n in range(1, 6)],
        _metadata(pair),
        _metadata('{"": 1, "": 2}'),
        _metadata('{"\\u00e9": 1, "é": 2}'),
    ]


def numbers() -> list[bytes]:
    """What no double or 64-bit integer holds."""
    literals = [
        "NaN", "-NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e999999", "9" * 21, "9" * 5000,
        "-" + "9" * 10_000, "1" + "0" * 10_000, "1e" + "9" * 5000, "123456789012345678901",
        "0." + "0" * 10 + "1e5000",
    ]  # fmt: skip
    return [
        _metadata(around.replace("N", literal))
        for literal in literals
        for around in ('{"a": N}', '{"a": [N]}', '{"a": [1, {"b": N}]}')
    ]


def nested() -> list[bytes]:
    """Deeper than anything that means something."""
    depths = (33, 40, 64, 100, 200, 500, 900, 990, 1000, 1010, 2000, 5000, 20_000, 100_000)
    return [
        *[_metadata('{"a":' + "[" * n + "]" * n + "}") for n in depths],
        *[_metadata('{"a":' * n + "1" + "}" * n) for n in depths],
        *[_metadata('[{"a":' * n + "1" + "}]" * n) for n in depths],
        *[b"[" * n for n in depths],
        *[b'{"a":' * n for n in depths],
    ]


def unstorable() -> list[bytes]:
    """Halves of surrogate pairs, and NUL, wherever a text may stand."""
    marks = [
        "\\u0000", "\\ud800", "\\udc00", "\\udbff", "\\udfff", "\\uD83D", "\\uDE00\\uD83D",
        "\\ud83d\\ud83d", "\\ud83dx\\ude00", "\\ude00x",
    ]  # fmt: skip
    return [
        around.replace("%", mark).encode()
        for mark in marks
        for around in (
            f'{{"text": "{CANARY}%"}}',
            f'{{"text": "%{CANARY}"}}',
            f'{{"text": "{CANARY}", "external_id": "%"}}',
            f'{{"text": "{CANARY}", "author": {{"id": "a%"}}}}',
            f'{{"text": "{CANARY}", "context": {{"title": "%"}}}}',
            f'{{"text": "{CANARY}", "metadata": {{"a": [["%"]]}}}}',
            f'{{"text": "{CANARY}", "metadata": {{"%": 1}}}}',
        )
    ]


def unfit() -> list[tuple[Any, str]]:
    """Well-formed bodies that say what cannot be, and the pointer to the fault."""
    long = CANARY + "x" * 20_480
    others: list[Any] = [None, True, 1, 1.5, [], [CANARY], {}, {CANARY: 1}]
    texts = [{**GOOD, "text": one} for one in [*others, "", " ", "\n\t \u2003", long]]
    named = [
        ({**GOOD, name: one}, f"/{name}")
        for name in ("external_id", "language", "callback_url")
        for one in [True, 1, [], {}, CANARY * 200]
    ]
    author = [
        ({**GOOD, "author": one}, place)
        for one, place in [
            (CANARY, "/author"), ([], "/author"), (1, "/author"), ({"id": 1}, "/author/id"),
            ({"id": ""}, "/author/id"), ({"id": CANARY * 50}, "/author/id"),
            ({"name": CANARY * 30}, "/author/name"), ({"name": []}, "/author/name"),
            ({"ip": CANARY}, "/author"), ({CANARY: 1}, "/author"),
        ]
    ]  # fmt: skip
    fields = ("article_id", "url", "title", "section", "parent_id", "parent_text")
    context = [
        ({**GOOD, "context": {name: one}}, f"/context/{name}")
        for name in fields
        for one in [1, [], {}, CANARY * 2000]
    ]
    return [
        *[(one, "") for one in (None, True, 1, CANARY, [], [GOOD], {CANARY: 1, **GOOD})],
        *[({**GOOD, name: 1}, "") for name in ("Text", "id", "site", "scope", "__proto__", "")],
        ({}, "/text"),
        ({"external_id": CANARY}, "/text"),
        *[(one, "/text") for one in texts],
        *[({**GOOD, "text_format": one}, "/text_format") for one in (None, 1, "HTML", CANARY, "")],
        *named,
        *author,
        *context,
        *[({**GOOD, "language": one}, "/language") for one in ("", "e", "en_US", "en-", "en\n")],
        *[({**GOOD, "metadata": one}, "/metadata") for one in (CANARY, [], 1, {"a": "x" * 16_400})],
        ({**GOOD, "metadata": {str(n): n for n in range(3000)}}, "/metadata"),
        ({**GOOD, "external_id": ""}, "/external_id"),
        ({**GOOD, "callback_url": "javascript:alert(1)"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://cms.example@evil.example/"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://cms.example.evil.example/"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://cms.example:8443/"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://cms.example\\@evil.example/"}, "/callback_url"),
        ({**GOOD, "callback_url": "//cms.example/"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://cms.example:x/"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://[::1/"}, "/callback_url"),
        ({**GOOD, "callback_url": "https://cms.example/\r\nX: 1"}, "/callback_url"),
    ]


#: Request headers that make a good body unreadable.
HEADERS: list[dict[str, str]] = [
    *[
        {"Content-Encoding": one}
        for one in ("gzip", "deflate", "br", "zstd", "compress", "x-gzip", "gzip, identity", "x",
                    "identity, gzip", "GZIP", "utf-8", "aws-chunked", "gzip;q=1")
    ],
    *[
        {"Content-Type": one}
        for one in (
            "", "text/plain", "text/json", "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x", "application/xml", "application/json+x",
            "application/problem+json", "application/jsonp", "application", "json", "*/*",
            "application/x-ndjson", "application/json, text/plain", ";charset=utf-8", "é/é",
            "application/json; charset=utf-16", "application/json; charset=latin-1",
            "application/json; charset=iso-8859-1", "application/json; charset=us-ascii",
            "application/json; charset=utf-7", 'application/json; charset="utf-16"',
            "application/json; charset=cp037", "application/json;charset=x",
        )
    ],
]  # fmt: skip
