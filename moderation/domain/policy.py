"""A policy: the thresholds and rules by which a machine approves or holds.

A policy's content is immutable; a change is a new version under the same name. Read from TOML
(`config/policies/`), kept in the store as canonical JSON.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from tomli_w import dumps

from moderation.domain.errors import InvalidError
from moderation.domain.text import normalised

Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


def _readable(word: str) -> str:
    """Refuse what reads as nothing (`*`, a lone accent): it would match between any two words."""
    if not normalised(word.removesuffix("*")).text.strip():
        raise ValueError("nothing is left of this word when it is normalised")
    return word


Word = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_readable),
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]

#: How many hours of waiting one point of severity is worth, where no policy says otherwise.
SEVERITY_HOURS = 6.0

_STRICT = ConfigDict(extra="forbid", frozen=True)


class RepeatedText(BaseModel):
    """Hold a text that was submitted `count` times or more within the last `window_s` seconds."""

    model_config = _STRICT
    count: Annotated[int, Field(ge=2, le=1000)] = 3
    window_s: Annotated[int, Field(ge=1, le=2_592_000)] = 3600


class Rules(BaseModel):
    """What holds a comment whatever its score. An empty list or null switches a rule off."""

    model_config = _STRICT
    banned_words: tuple[Word, ...] = ()
    suspect_words: tuple[Word, ...] = ()
    max_links: Annotated[int, Field(ge=0)] | None = None
    hold_first_time_author: bool = False
    repeated_text: RepeatedText | None = None
    held_articles: frozenset[Id] = frozenset()
    closed_articles: frozenset[Id] = frozenset()
    hold_disguised: bool = True
    hold_unread_language: bool = True
    unread_languages_let_pass: frozenset[Language] = frozenset()


class Section(BaseModel):
    """What differs in one section of the site: thresholds by label, merged over the policy's."""

    model_config = _STRICT
    thresholds: dict[str, Probability] = Field(default_factory=dict)


class Policy(BaseModel):
    """A named set of thresholds and rules.

    `thresholds`: label → the score from which a comment is held (inclusive).
    `severity_hours`: how many hours of waiting one point of severity is worth in the review queue.
    `four_eyes`: only another person, signed in themselves, may change what a person decided.
    """

    model_config = _STRICT
    name: Name
    description: Annotated[str, StringConstraints(max_length=500)] = ""
    thresholds: Annotated[dict[str, Probability], Field(min_length=1)]
    sections: dict[str, Section] = Field(default_factory=dict)
    rules: Rules = Rules()
    severity_hours: Annotated[float, Field(gt=0, le=8760)] = SEVERITY_HOURS
    four_eyes: bool = False

    def thresholds_for(self, section: str | None) -> dict[str, float]:
        """Return label → threshold for a comment in `section`."""
        special = self.sections.get(section) if section else None
        return {**self.thresholds, **special.thresholds} if special else dict(self.thresholds)

    def labels(self) -> set[str]:
        """Return every label that it watches; one that the model does not give holds everything."""
        return {*self.thresholds, *(one for s in self.sections.values() for one in s.thresholds)}

    def canonical(self) -> str:
        """Return the content as JSON, equal for equal policies."""
        plain = self.model_dump(mode="json")
        for unordered in ("held_articles", "closed_articles", "unread_languages_let_pass"):
            plain["rules"][unordered].sort()
        if not self.four_eyes:  # what earlier versions wrote is still the same content
            del plain["four_eyes"]
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical content, in hex."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def as_toml(self) -> str:
        """Return the content as TOML that `parse_policy` reads back; what is unset is left out."""
        return dumps(_without_none(json.loads(self.canonical())))


def _without_none(plain: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in plain.items()
        if value is not None
    }


def parse_policy(source: str) -> Policy:
    """Read a policy from TOML. Raises InvalidError with every fault, one a line."""
    try:
        return Policy.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(f"not TOML: {error}") from error
    except RecursionError:
        raise InvalidError("not TOML: arrays or tables are nested too deeply") from None
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc']) or 'policy'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidError("\n".join(faults)) from error
