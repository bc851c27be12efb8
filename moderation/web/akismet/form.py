"""What Akismet's clients send, as a form, and the submission that it is.

Akismet's calls name no comment. The same comment has to be known again when it is rechecked or
reported, so that what its client changes between the two is taken out first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moderation.domain.comment import Submission, TextFormat, keyed_hash
from moderation.web.schemas import SubmissionBody
from moderation.web.validation import validated

#: A text in which no quote and no backslash stands without a backslash before it.
_SLASHED = re.compile(r"(?:[^'\"\\]|\\['\"\\])*")
_REL = re.compile(r"\srel=\"[a-z ]*\"")
_KEPT = (
    "blog", "permalink", "comment_post_ID", "comment_parent", "comment_author",
    "comment_author_email", "comment_content",
)  # fmt: skip


def submission(
    form: Mapping[str, str], site: str, text_format: TextFormat, secret: bytes
) -> Submission:
    """Return it as the domain knows it. Raises Problem for what no submission may be.

    Its external id is a keyed hash of all that is kept of it; keyed, since the id outlives the
    text and must not tell which text it was.
    """
    said = validated(SubmissionBody, _fields(form, text_format)).submission(site)
    name = keyed_hash(secret, "akismet", said.to_json())
    return replace(said, external_id=f"akismet-{name}")


def _fields(form: Mapping[str, str], text_format: TextFormat) -> dict[str, Any]:
    given = {name: as_stored(form.get(name, "")) or None for name in _KEPT}
    parent = given["comment_parent"]
    email, url = given["comment_author_email"], given["permalink"]
    return {
        "text": given["comment_content"] or "",
        "text_format": text_format,
        "author": {"id": email and email.lower(), "name": given["comment_author"]},
        "context": {
            "article_id": given["comment_post_ID"] or url,
            "url": url,
            "parent_id": None if parent == "0" else parent,
        },
        "metadata": {"akismet_blog": given["blog"]},
    }


def as_stored(text: str) -> str:
    """Return a text as WordPress stores it, of what it checks before and rechecks after.

    Before, each quote has a backslash; after, links have a `rel` and `&` is `&amp;`.
    """
    if "\\" in text and _SLASHED.fullmatch(text):
        text = re.sub(r"\\(['\"\\])", r"\1", text)
    return _REL.sub("", text).replace("&amp;", "&").replace("\r\n", "\n").strip()
