"""A parsed body becomes a model, or a problem that points at what is wrong without repeating it."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from moderation.web.problems import Problem

_MOST_ERRORS = 20
_NO_OBJECT = {"model_type", "model_attributes_type", "dataclass_type"}
_Model = TypeVar("_Model", bound=BaseModel)


def validated(model: type[_Model], value: object) -> _Model:
    """Return the value as a model. Raises Problem 422 with pointers (RFC 6901) and rules."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(*faults(error, _names_of(model))) from None


def invalid(*errors: dict[str, str]) -> Problem:
    """Return the 422 that lists what is wrong."""
    return Problem("invalid", "see errors", errors=list(errors[:_MOST_ERRORS]))


def fault(pointer: str, message: str) -> dict[str, str]:
    """Return one entry of a problem's `errors`."""
    return {"pointer": pointer, "message": message}


def faults(error: ValidationError, names: Collection[str] = ()) -> list[dict[str, str]]:
    """Return what is wrong, by place.

    A name that the caller made up is not repeated; the one of `names` that is most like it is told.
    """
    found: list[dict[str, Any]] = error.errors(  # type: ignore[assignment]
        include_url=False, include_context=False, include_input=False
    )
    return [_fault(one, names) for one in found[:_MOST_ERRORS]]  # before any work on each


def _fault(one: dict[str, Any], names: Collection[str]) -> dict[str, str]:
    if one["type"] == "extra_forbidden":
        *place, name = one["loc"]
        near = get_close_matches(str(name), names, n=1)
        meant = f"; `{near[0]}` is" if near else ""
        return fault(_pointer(tuple(place)), f"a field that is not known here{meant}")
    # Pydantic's own sentence names a class of ours.
    message = "Input should be an object" if one["type"] in _NO_OBJECT else one["msg"]
    return fault(_pointer(one["loc"]), message)


@cache
def _names_of(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of all fields of a model and of those in it."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", ()))


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{part}" for part in place)
