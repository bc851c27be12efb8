"""A comment as it was submitted, and the names under which it is known.

Identity: an id is the keyed hash of the site and the caller's own name for the comment, so that a
retry meets its own record (and its own shard) without a look-up. Text lives only in `Submission`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal

from moderation.domain.markup import link_attributes, strip_html
from moderation.domain.text import View

MAX_TEXT = 20_480  # code points; Perspective's own limit is 20,480 bytes

TextFormat = Literal["plain", "html"]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it. `id` is a pseudonym by the time it is stored; `name` only if the site asks."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Where it was written."""

    article_id: str | None = None
    url: str | None = None
    title: str | None = None
    section: str | None = None
    parent_id: str | None = None
    parent_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One text of one comment, as accepted; an edit is another Submission of the same comment."""

    site: str
    text: str = field(repr=False)
    text_format: TextFormat = "plain"
    external_id: str | None = None
    author: Author = Author()
    context: Context = field(default=Context(), repr=False)
    language: str | None = None
    callback_url: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict, repr=False)

    def plain(self) -> View:
        """Return the text that a reader would see, with offsets into the text as submitted."""
        return shown(self.text, self.text_format)

    def link_attributes(self) -> int:
        """Return how many links the markup makes, whatever text they stand under."""
        return link_attributes(self.text) if self.text_format == "html" else 0

    def to_json(self) -> str:
        """Return the payload as it is stored: the same for the same submission, key order aside."""
        # By hand: `asdict` copies every value deeply.
        plain = {name: getattr(self, name) for name in _names(Submission)}
        plain["author"] = {name: getattr(self.author, name) for name in _names(Author)}
        plain["context"] = {name: getattr(self.context, name) for name in _names(Context)}
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, payload: str) -> Submission:
        """Read a payload that `to_json` wrote, in this version or a later one.

        Fields that this version does not know are left out, so that it can be rolled back to.
        """
        raw = json.loads(payload)
        raw["author"] = Author(**_known(Author, raw["author"]))
        raw["context"] = Context(**_known(Context, raw["context"]))
        return cls(**_known(cls, raw))


def shown(text: str, text_format: TextFormat) -> View:
    """Return what readers see of a text, with offsets into it."""
    if text_format == "html":
        return strip_html(text)
    return View(text, range(len(text) + 1))


@cache
def _names(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))


def _known(kind: type, raw: dict[str, Any]) -> dict[str, Any]:
    names = _names(kind)
    return {name: value for name, value in raw.items() if name in names}


def keyed_hash(secret: bytes, purpose: str, *parts: str) -> str:
    """Return 32 hex digits (128 bits) of HMAC-SHA256 over length-prefixed parts.

    The purpose keeps hashes of different things apart, so that none can be looked up as another.
    """
    mac = hmac.new(secret, purpose.encode(), hashlib.sha256)
    for part in parts:
        raw = part.encode()
        mac.update(len(raw).to_bytes(8, "big"))
        mac.update(raw)
    return mac.hexdigest()[:32]


def comment_id(
    secret: bytes, site: str, kind: Literal["external", "key", "random"], name: str
) -> str:
    """Return the comment's id: `c_` and 32 hex digits, the same for the same site and name."""
    return "c_" + keyed_hash(secret, "comment", site, kind, name)


def shard_of(name: str, shards: int) -> int:
    """Return the shard that holds `name`: stable over processes, machines and versions."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % shards


def text_sha256(text: str) -> str:
    """Return the plain SHA-256 of a text in hex, for its own sender only; it dies with the text."""
    return hashlib.sha256(text.encode()).hexdigest()


def pseudonymous(submission: Submission, secret: bytes, *, keep_name: bool) -> Submission:
    """Return the submission with the author's id replaced by a keyed hash of this site."""
    author = submission.author
    pseudonym = keyed_hash(secret, "author", submission.site, author.id) if author.id else None
    return replace(submission, author=Author(id=pseudonym, name=author.name if keep_name else None))
