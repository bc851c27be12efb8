"""What another system's payload says, as a submission: by the expressions that a hook has.

Nothing is guessed: what an expression does not find is left out, and what a comment can't be
without is a refusal that names the field. No value of the payload is ever repeated in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from moderation.hooks import Hook, UnfitError, found
from moderation.web.schemas import SubmissionBody
from moderation.web.validation import fault, invalid, validated

_AUTHOR = {"author_id": "id", "author_name": "name"}
_CONTEXT = ("article_id", "title", "url", "section", "parent_id", "parent_text")


class Event(StrEnum):
    """What a payload tells of."""

    CREATED = "created"
    EDITED = "edited"
    OTHER = "other"


def event_of(hook: Hook, payload: object) -> Event:
    """Return what a payload tells of. Raises Problem 422 where the hook can't ask that of it."""
    mapping = hook.mapping
    if mapping.edited and _found(mapping.edited, payload, "edited"):
        return Event.EDITED
    if mapping.created is None or _found(mapping.created, payload, "created"):
        return Event.CREATED
    return Event.OTHER


def body_of(hook: Hook, payload: object) -> SubmissionBody:
    """Return the submission as the native API would take it. Raises Problem 422."""
    fields = {
        target: _scalar(target, value)
        for target, expression in hook.mapping.fields.items()
        if (value := _found(expression, payload, target)) not in (None, "", False)
    }
    if lacking := [name for name in ("text", "external_id") if name not in fields]:
        message = "the payload has nothing where the hook looks for it"
        raise invalid(*(fault(f"/{name}", message) for name in lacking))
    author = {name: fields[target] for target, name in _AUTHOR.items() if target in fields}
    context = {name: fields[name] for name in _CONTEXT if name in fields}
    return validated(SubmissionBody, _present(
        text=fields["text"], text_format=hook.text_format, external_id=fields["external_id"],
        author=author, context=context, language=fields.get("language"),
    ))  # fmt: skip


def _present(**fields: object) -> Mapping[str, object]:
    return {name: value for name, value in fields.items() if value}


def _found(expression: str, payload: object, name: str) -> object:
    try:
        return found(expression, payload)
    except UnfitError:
        raise invalid(fault(f"/{name}", "the hook's expression does not fit the payload")) from None


def _scalar(target: str, value: object) -> str:
    """Return a text, or an id that is a number, as a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and target != "text":
        return str(value)
    raise invalid(fault(f"/{target}", "what the hook finds there is no text"))
