"""What is accepted comes back code point for code point: nothing is cleaned, folded or cut."""

from __future__ import annotations

import hashlib
import json

from tests.web.kit import Service

#: Our own list of what breaks software: shapes of text, not what people say.
NAUGHTY = [
    "plain", " leading and trailing ", "\ttabs\tand\nnew\r\nlines\r", "a\u0085b\u2028c\u2029d",
    "\u00a0no-break\u202f\u2007space", "zero\u200bwidth\u200cnon\u200djoiner\u2060\ufeff",
    "\ufeffa mark first", "soft\u00adhyphen", "nai\u0308ve and na\u00efve", "\u1e9b\u0323 \u212b \u2126",
    "e\u0301" * 50, "z" + "\u0300\u0489" * 100, "ﬁ ligature ㎏ ① Ⅷ ½ ﷺ", "ŞşİıĞğ ẞß ΣΣς", "ﷺ" * 10,
    "שלום עולם", "مرحبا بالعالم", "\u202eright to left\u202c", "\u2066isolate\u2069 \u061c",
    "עברית and English עם סוגריים (כאן)", "สวัสดีชาวโลก", "नमस्ते दुनिया", "こんにちは世界", "你好，世界", "안녕하세요",
    "ᄒ\u1161ᆫ jamo", "𝒽𝑒𝓁𝓁𝑜 𝕨𝕠𝕣𝕝𝕕", "ｆｕｌｌｗｉｄｔｈ", "Ζоmbiе hоmоglyрhs", "ʎɐp ǝuıɟ ɐ", "l33t sp34k",
    "😀😃", "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🇪🇺", "🇪", "\U0001f3fb", "☺\ufe0e☺\ufe0f", "\U0010ffff\U000f0000",
    "\ufffd\ufffe\uffff", "\ufdd0\U0001fffe", "\ue000 private", "\U000e0041\U000e0042 tags",
    "\x01\x02\x1b\x7f\x80\x9f controls", "\x1b[31mred\x1b[0m \x1b]0;title\x07", "\x08\x08back", "\x0c\x0b",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- --> <![CDATA[x]]>", "</textarea>",
    "&lt;b&gt; &amp;amp; &#0; &#x110000;", "javascript:alert(1)", "<svg/onload=alert(1)>", "<b>bold", "a < b > c",
    "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\"quoted\",\"csv\"\n", "a;b;c", "%s%n%d", "%00 %0a %2e",
    "'; DROP TABLE comments;--", "1 OR 1=1", "$(reboot) `reboot` ; ls | cat && true", "${jndi:ldap://x}", "{{7*7}}",
    "../../etc/passwd", "C:\\con\\nul", "file:///etc/hosts", "\\\\server\\share", "\\", "\\\\", "\\u0041 \\n \\0", "\"",
    "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\n1\r\n", "EVAL \"return 1\" 0", "redis.call('FLUSHALL')", "KEYS[1] ARGV[1]",
    "null", "undefined", "NaN", "Infinity", "true", "[]", "{}", "0", "-0", "1e309", "0x1", "None", "nil", "(null)",
    "http://example.com/?a=1&b=2#c", "mailto:a@b.example", "[link](http://example.com)", "@name #tag :emoji:",
    "x" * 5000, "word " * 1000, "long" + "g" * 3000, "\u0e49" * 500, "a\n" * 2000, "﷽" * 200, "😀" * 2000,
    "the end\u0000".replace("\u0000", ""), "\U0001f1e6" * 99, "\u034f\u115f\u17b4\u180e\u3164", "\u00ad" * 3 + "x",
]  # fmt: skip


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
