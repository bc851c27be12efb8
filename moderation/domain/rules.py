"""The rules of a policy, each a function from facts to reasons.

Words are matched in the normalised view, so that fullwidth or struck-through letters
are plain ones, and the place that is reported is in the text as submitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from moderation.domain.comment import Submission
from moderation.domain.decision import Reason, ReasonCode
from moderation.domain.disguise import disguises
from moderation.domain.policy import Policy, Rules
from moderation.domain.text import View, normalised

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)

#: What a comment's reasons may hold of its words: they are stored with every decision and sent with
#: every answer, and one comment can repeat a word thousands of times.
_WORDS_A_LIST = 20
_LONGEST_WORD = 64

#: How much a rule weighs in the review queue, beside scores in [0, 1].
SEVERITY = {
    ReasonCode.BANNED_WORD: 0.9,
    ReasonCode.UNSCORED: 0.6,
    ReasonCode.SUSPECT_WORD: 0.5,
    ReasonCode.LABEL_MISSING: 0.5,
    ReasonCode.REPEATED_TEXT: 0.5,
    ReasonCode.DISGUISED_TEXT: 0.5,
    ReasonCode.UNREAD_LANGUAGE: 0.5,
    ReasonCode.LINKS: 0.4,
    ReasonCode.NOTHING_TO_READ: 0.4,
    ReasonCode.ARTICLE_CLOSED: 0.3,
    ReasonCode.ARTICLE_HELD: 0.3,
    ReasonCode.FIRST_TIME_AUTHOR: 0.2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a comment when it is decided, beside its scores."""

    text: View
    language: str | None = None  # what the caller says it is, a BCP 47 tag
    section: str | None = None
    article_id: str | None = None
    first_time_author: bool = False
    repeats: int = 0  # submissions of this text within the policy's window, this one included
    link_attributes: int = 0  # links that markup makes, whatever text they stand under

    @classmethod
    def of(cls, said: Submission, *, first_time_author: bool, repeats: int) -> Facts:
        """Return the facts of a submission, with what is known of its author and text."""
        return cls(
            text=said.plain(),
            language=said.language,
            section=said.context.section,
            article_id=said.context.article_id,
            first_time_author=first_time_author,
            repeats=repeats,
            link_attributes=said.link_attributes(),
        )


def rule_reasons(facts: Facts, policy: Policy) -> tuple[Reason, ...]:
    """Return the reasons that the policy's rules give, of each word list the first 20 words.

    A text without anything to read is held whatever the policy says.
    """
    rules = policy.rules
    return (
        *_readable(facts.text),
        *_disguised(facts.text, rules),
        *_articles(facts, rules),
        *_words(facts.text, rules),
        *_links(facts, rules),
        *_author(facts, rules),
    )


def _readable(text: View) -> Iterator[Reason]:
    """Hold what has nothing that a model could judge: an image alone, or invisible characters."""
    if not any(char.isalnum() for char in text.text) and not normalised(text.text).text.strip():
        yield Reason(ReasonCode.NOTHING_TO_READ)


def _disguised(text: View, rules: Rules) -> Iterator[Reason]:
    if not rules.hold_disguised:
        return
    for found in disguises(text.text):
        start, end = text.span(*found.first)
        times = f", {found.count} times" if found.count > 1 else ""
        yield Reason(ReasonCode.DISGUISED_TEXT, detail=f"{found.kind} at {start}-{end}{times}")


def _articles(facts: Facts, rules: Rules) -> Iterator[Reason]:
    if facts.article_id in rules.closed_articles:
        yield Reason(ReasonCode.ARTICLE_CLOSED)
    if facts.article_id in rules.held_articles:
        yield Reason(ReasonCode.ARTICLE_HELD)


def _words(text: View, rules: Rules) -> Iterator[Reason]:
    lists = (
        (ReasonCode.BANNED_WORD, rules.banned_words),
        (ReasonCode.SUSPECT_WORD, rules.suspect_words),
    )
    if not any(words for _, words in lists):
        return
    view = normalised(text.text)
    for code, words in lists:
        pattern = _pattern(words)
        matches = _matches(pattern, view) if pattern else {}
        for word, (first, count) in islice(matches.items(), _WORDS_A_LIST):
            start, end = text.span(*view.span(*first))
            times = f", {count} times" if count > 1 else ""
            yield Reason(code, detail=f"{word} at {start}-{end}{times}")


def _matches(pattern: re.Pattern[str], view: View) -> dict[str, tuple[tuple[int, int], int]]:
    """Return each word that is found, cut → its first place in the view, and how many times."""
    found: dict[str, tuple[tuple[int, int], int]] = {}
    for match in pattern.finditer(view.text):
        word = " ".join(match.group().lower().split())[:_LONGEST_WORD]
        first, count = found.get(word, (match.span(), 0))
        found[word] = first, count + 1
    return found


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return one pattern for whole words; a trailing `*` matches any ending."""
    if not words:
        return None
    parts = []
    for word in sorted(words, key=len, reverse=True):
        stem, star = (word[:-1], r"\w*") if word.endswith("*") else (word, "")
        parts.append(re.escape(normalised(stem).text).replace(r"\ ", r"\s+") + star)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _links(facts: Facts, rules: Rules) -> Iterator[Reason]:
    if rules.max_links is None:
        return
    # The larger, not the sum: a link's text is often its address.
    count = max(sum(1 for _ in _LINK.finditer(facts.text.text)), facts.link_attributes)
    if count > rules.max_links:
        yield Reason(ReasonCode.LINKS, detail=f"{count} links, at most {rules.max_links}")


def _author(facts: Facts, rules: Rules) -> Iterator[Reason]:
    if rules.hold_first_time_author and facts.first_time_author:
        yield Reason(ReasonCode.FIRST_TIME_AUTHOR)
    repeated = rules.repeated_text
    if repeated and facts.repeats >= repeated.count:
        detail = f"{facts.repeats} times in {repeated.window_s} s"
        yield Reason(ReasonCode.REPEATED_TEXT, detail=detail)
