"""Disguises: what hides a word is found, and nothing that people write in earnest is one."""

from __future__ import annotations

import pytest
from hypothesis import given

from moderation.domain.disguise import Disguise, disguises
from moderation.domain.lookalikes import LOOKALIKES, by_shape, mixed_words
from tests.unit.domain.views import ANY_TEXT

HIDDEN, MIXED, STYLED = "invisible characters", "letters of two scripts", "styled letters"
PILED = "piled accents"


def kinds(text: str) -> list[str]:
    return [found.kind for found in disguises(text)]


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("you id\u200biot", HIDDEN, "\u200b"),
        ("you id\u2060\u200biot", HIDDEN, "\u2060\u200b"),
        ("you i\u200cdiot", HIDDEN, "\u200c"),
        ("you i\ufeffdiot", HIDDEN, "\ufeff"),
        ("you i\ufe0fdiot", HIDDEN, "\ufe0f"),
        ("you i\U000e0101diot", HIDDEN, "\U000e0101"),
        ("you i\u034fdiot", HIDDEN, "\u034f"),
        ("you i\u115fdiot", HIDDEN, "\u115f"),
        ("you i\u00ad\u200ddiot", HIDDEN, "\u00ad\u200d"),
        ("you id\u0301\u200biot", HIDDEN, "\u200b"),
        ("you i\x01diot", HIDDEN, "\x01"),
        ("ты ду\u200bрак", HIDDEN, "\u200b"),
        ("you \u202etoidi\u202c", HIDDEN, "\u202e"),
        ("you \u202e «toidi»", HIDDEN, "\u202e"),
        ("you idi\u043et", MIXED, "idi\u043et"),
        ("you fu\u0441k", MIXED, "fu\u0441k"),
        ("you fu\u0441\u0301k", MIXED, "fu\u0441\u0301k"),
        ("you c0\u0441k", MIXED, "c0\u0441k"),
        ("you \u03b9diot", MIXED, "\u03b9diot"),
        ("that is n\u0456ce", MIXED, "n\u0456ce"),
        ("ты cy\u043aa", MIXED, "cy\u043aa"),
        ("ты xy\u0439", MIXED, "xy\u0439"),
        ("you \uff49\uff44\uff49\uff4f\uff54", STYLED, "\uff49\uff44\uff49\uff4f\uff54"),
        ("you 𝗶𝗱𝗶𝗼𝘁", STYLED, "𝗶𝗱𝗶𝗼𝘁"),
        ("you ⓘⓓⓘⓞⓣ", STYLED, "ⓘⓓⓘⓞⓣ"),
        ("you 🅸🅳🅸🅾🆃", STYLED, "🅸🅳🅸🅾🆃"),
        ("you 🅸\ufe0f🅳\ufe0f🅸\ufe0f", STYLED, "🅸\ufe0f🅳\ufe0f🅸\ufe0f"),
        ("you ℯ𝓋𝒾ℓ", STYLED, "ℯ𝓋𝒾ℓ"),
        ("日本の 𝗶𝗱𝗶𝗼𝘁", STYLED, "𝗶𝗱𝗶𝗼𝘁"),
        ("you i\u0301\u0302\u0303\u0304\u0305diot", PILED, "\u0301\u0302\u0303\u0304\u0305"),
    ],
)
def test_a_disguise_is_found_in_its_place(text: str, kind: str, part: str) -> None:
    start = text.index(part)
    assert list(disguises(text)) == [Disguise(kind, (start, start + len(part)), 1)]


@pytest.mark.parametrize(
    "text",
    [
        "ti\u0302\u0301ng Vi\u0323\u0302t, u\u0304\u0301\u030c in a transcription",
        "",
        "you are an idiot",
        "a\tb\r\nc",
        "don’t – “really”… naïve café",
        "Citroën, Häagen-Dazs, Škoda, Motörhead, Beyoncé",
        "e\u0301te\u0301, ǎ, Việt Nam, Vi\u0065\u0302\u0323t",
        "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 ❤️ I❤️you 1️⃣ 🇩🇪",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\ufeffHello there",
        "hyphen\u00adation of a long\u00adish word",
        "zero\u200b width \u200bspaces \u200b between",
        "\u2068Ada Lovelace\u2069 said \u202a+1 555 0100\u202c",
        "\u202d+49 30 1234\u202c",
        "km², m³, № 5, ½, ™, ©, 1st 2ⁿᵈ Mˡˡᵉ, ﬁne, Ⅳ, ℃",
        "5 µm, 3 μg, 10 kΩ, Δt, αβγ, β-carotene, π, λx",
        "E = mc², 𝑎𝑥 + 𝑏, f: ℝ → ℝ, ℕ ⊂ ℤ",
        "🅱️ and 🅰️, Ⓜ station, ⓘ",
        "Это обычный русский текст, без подвоха.",
        "Мой iPhone, SMSка, PCки и Wi-Fi, IT-шник, в Windowsе",
        "Cтрана с опечаткой, 5G, Zа",
        "Αυτό είναι ένα σχόλιο για το Facebook",
        "هذا تعليق عادي مع كلمة English هنا",
        "نمی\u200cدانم چه می\u200cگویی",
        "זה טקסט רגיל \u200fעם English\u200f באמצע",
        "क्\u200dष और क्\u200cष, শ্\u200dরী, ක්\u200dෂ",
        "ภาษา\u200bไทย",
        "日本語とカタカナ、ＮＨＫとＣＤとTシャツ、Ｔシャツ",
        "中文ＡＢＣ混排，한국어ＫＢＳ",
        "Հայերեն տեքստ",
        "def f(x_1, ε=1e-3): return x_1 ** 2  # O(n²)",
        "https://example.org/%D0%BF?q=тест&x=1 and https://пример.рф",
        "donâ\x80\x99t",
    ],
)
def test_what_people_write_in_earnest_is_no_disguise(text: str) -> None:
    assert kinds(text) == []


def test_each_kind_is_told_once_with_its_count() -> None:
    text = "id\u200biot cl\u200bown, fu\u0441k, 𝗶𝗱𝗶𝗼𝘁"
    assert [(found.kind, found.count) for found in disguises(text)] == [
        (HIDDEN, 2),
        (MIXED, 1),
        (STYLED, 1),
    ]


@given(ANY_TEXT)
def test_any_text_is_looked_through(text: str) -> None:
    for found in disguises(text):
        start, end = found.first
        assert 0 <= start < end <= len(text)
        assert found.count >= 1
    for start, end in mixed_words(text):
        assert by_shape(text[start:end]) != text[start:end]
    assert len(by_shape(text)) == len(text)


def test_look_alikes_are_single_letters() -> None:
    assert all(len(latin) == 1 and latin.isascii() for latin in LOOKALIKES.values())
    assert not any(chr(code).isascii() for code in LOOKALIKES)
