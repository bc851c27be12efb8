"""What stands behind the `?` of a page, where all values are strings and forms send empty ones.

The API's queries are stricter, since no form sends them: `web/query.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from moderation.web.problems import Problem
from moderation.web.validation import faults


def _yes(value: object) -> object:
    return value == "1" if isinstance(value, str) else value


def _number(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


#: `1` for yes, as a box of a form sends it.
Flag = Annotated[bool, BeforeValidator(_yes)]
#: A number; its bounds are the field's.
Number = Annotated[float, BeforeValidator(_number)]


class Asked(BaseModel):
    """A page's query: what it doesn't know is somebody else's, such as `site`."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


_Asked = TypeVar("_Asked", bound=Asked)


def asked(request: web.Request, model: type[_Asked]) -> _Asked:
    """Return a page's query as its model, without what was left empty. Raises Problem 400."""
    try:
        return model.model_validate(given(dict(request.query)))
    except ValidationError as error:
        raise Problem("bad-request", "a parameter is wrong", errors=faults(error)) from None


def given(query: Mapping[str, str]) -> dict[str, str]:
    """Return what a form sent, less what was left empty."""
    return {name: value for name, value in query.items() if value.strip()}
