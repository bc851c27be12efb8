"""Languages: what is surely in one is told, what is short or in none is not guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from moderation.scoring.language import FILE, LanguageDetector
from moderation.scoring.scorer import ScorerUnavailableError

SENTENCES = [
    ("en", "You are an idiot and you have no idea what you are talking about."),
    ("en", "THIS IS THE WORST ARTICLE THAT I HAVE EVER READ"),
    ("en", "lol u dont even know what you are talking about bro"),
    ("de", "Du bist ein Idiot und hast keine Ahnung"),
    ("fr", "je ne suis pas d'accord avec cet article"),
    ("es", "Este artículo es una vergüenza, no tienen ni idea de lo que hablan."),
    ("it", "Sei davvero uno stupido, non capisco perché continui a scrivere qui."),
    ("pt", "Você não sabe do que está falando, seu idiota."),
    ("nl", "Wat een onzin, je bent echt een domme kerel als je dat gelooft."),
    ("pl", "Jesteś głupi i nie masz pojęcia o czym piszesz."),
    ("tr", "Sen gerçekten çok aptalsın, ne yazdığını bilmiyorsun."),
    ("sv", "Det här är ju helt otroligt dumt, hur kan man skriva så?"),
    ("fi", "Olet täysi idiootti etkä tiedä mistä puhut."),
    ("hu", "Te tényleg hülye vagy, fogalmad sincs arról, amit írsz."),
    ("vi", "Bạn thật là ngu ngốc và không biết mình đang nói gì."),
    ("ru", "Ты полный идиот и ничего не понимаешь."),
    ("uk", "Ти справжній дурень і нічого не розумієш."),
    ("el", "Είσαι πραγματικά ηλίθιος και δεν ξέρεις τι λες."),
    ("ar", "أنت غبي حقا ولا تعرف ماذا تقول."),
    ("fa", "تو واقعاً احمقی و نمی‌دانی چه می‌گویی."),
    ("he", "אתה טיפש ולא יודע על מה אתה מדבר."),
    ("hi", "तुम सच में मूर्ख हो और कुछ नहीं जानते।"),
    ("zh", "你真是个白痴，什么都不懂。"),
    ("ja", "あなたは本当に馬鹿ですね、何も分かっていない。"),
    ("ko", "당신은 정말 바보이고 아무것도 모릅니다."),
    ("th", "คุณโง่จริงๆ และไม่รู้ว่ากำลังพูดอะไร"),
]
NO_LANGUAGE = [
    "",
    "   ",
    "ok",
    "lol",
    "Bravo!",
    "déjà vu",
    "Schadenfreude",
    "Angela Merkel",
    "Champs-Élysées",
    "👍👍👍 🎉",
    "2 + 2 = 4",
    "https://www.beispiel.de/ein/langer/artikel/ueber/gestern",
    "@müller @schröder #wahlkampf #bundestagswahl",
    "\x00\x01",
]


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize(("code", "text"), SENTENCES)
def test_a_sentence_has_its_language(detector: LanguageDetector, code: str, text: str) -> None:
    assert detector.language(text) == code


@pytest.mark.parametrize("text", NO_LANGUAGE)
def test_what_is_no_sentence_has_none(detector: LanguageDetector, text: str) -> None:
    assert detector.language(text) is None


def test_any_text_is_taken(detector: LanguageDetector) -> None:
    assert detector.language("a\ud83d" * 40) in {None, "en"}
    english = "You are an idiot and you have no idea\nwhat you are talking about. " * 300
    assert detector.language(english) == "en"
    assert detector.language("See https://www.beispiel.de/a, this is a good article") == "en"


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("damage", [flipped, lambda _: None])
def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path, damage) -> None:
    path = tmp_path / "lid.176.ftz"
    content = damage(FILE.read_bytes())
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScorerUnavailableError, match=r"lid\.176\.ftz"):
        LanguageDetector(path)
