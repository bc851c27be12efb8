"""A parsed body becomes a model, or a problem that points at what is wrong without repeating it."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from moderation.web.problems import Problem

_MOST_ERRORS = 20
_Model = TypeVar("_Model", bound=BaseModel)


def validated(model: type[_Model], value: object) -> _Model:
    """Return the value as a model. Raises Problem 422 with pointers (RFC 6901) and rules."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(*faults(error)) from None


def invalid(*errors: dict[str, str]) -> Problem:
    """Return the 422 that lists what is wrong."""
    return Problem("invalid", "see errors", errors=list(errors[:_MOST_ERRORS]))


def fault(pointer: str, message: str) -> dict[str, str]:
    """Return one entry of a problem's `errors`."""
    return {"pointer": pointer, "message": message}


def faults(error: ValidationError) -> list[dict[str, str]]:
    """Return what is wrong, by place. A name that the caller made up is not repeated."""
    found: list[dict[str, Any]] = error.errors(  # type: ignore[assignment]
        include_url=False, include_context=False, include_input=False
    )
    return [
        fault(_pointer(one["loc"][:-1]), "a field that is not known here")
        if one["type"] == "extra_forbidden"
        else fault(_pointer(one["loc"]), one["msg"])
        for one in found
    ]


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{part}" for part in place)
