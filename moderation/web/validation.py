"""A parsed body becomes a model, or a problem that points at what is wrong without repeating it."""

from __future__ import annotations

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
    return [_fault(one) for one in found]


def _fault(one: dict[str, Any]) -> dict[str, str]:
    if one["type"] == "extra_forbidden":
        return fault(_pointer(one["loc"][:-1]), "a field that is not known here")
    # Pydantic's own sentence names a class of ours.
    message = "Input should be an object" if one["type"] in _NO_OBJECT else one["msg"]
    return fault(_pointer(one["loc"]), message)


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{part}" for part in place)
