"""The OpenAPI 3.1 document, assembled from the routes and their models.

What is served is what it says, because both come from one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from moderation import __version__
from moderation.web import problems, responses
from moderation.web.call import Route

PATH = "/openapi.json"
_REF = "#/components/schemas/{model}"
_EVERYWHERE = ("bad-request", "unauthorized", "forbidden", "internal", "store-down", "overloaded")
_WITH_BODY = ("timeout", "too-large", "unsupported", "invalid")

#: The request headers that change what an answer is: description, schema.
_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Idempotency-Key": (
        "The name under which a retry is known; without it `webhook-id` is.",
        {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[ -~]+$"},
    ),
    "Prefer": (
        "`wait=N`: answer once there is a decision, after N seconds at the latest (RFC 7240).",
        {"type": "string", "pattern": "^wait=[0-9]$"},
    ),
    "If-Match": (
        "The ETag of the answer that the person saw; 428 without it.",
        {"type": "string", "pattern": '^"[1-9][0-9]{0,14}"$'},
    ),
    "If-None-Match": ("An ETag that the caller has; 304 if it still stands.", {"type": "string"}),
}
_ANSWER_HEADERS = {
    "ETag": {"description": "The comment's version.", "schema": {"type": "string"}},
    "Preference-Applied": {"description": "As RFC 7240.", "schema": {"type": "string"}},
}
_LATER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the document for the routes."""
    table = tuple(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    paths[PATH] = {"get": _own_operation()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Comment moderation", "version": __version__},
        "paths": paths,
        "components": {"schemas": _schemas(table), "securitySchemes": _SECURITY},
    }


_SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of a site, with the scopes submit, moderate and admin. No scope "
        "includes another.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks over the raw body, with webhook-id and "
        "webhook-timestamp; `moderation-site` names the site (default: `default`).",
    },
}


def _operation(route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "description": f"Needs the scope `{route.scope}`.",
        "security": [{"key": []}, *([{"signature": []}] if route.signed else [])],
        "parameters": [*_path(route), *_query(route.query), *_headers(route)],
        "responses": _responses(route),
    }
    if route.body:
        described["requestBody"] = {"required": True, "content": _json(route.body)}
    return described


def _responses(route: Route) -> dict[str, Any]:
    kinds = {*_EVERYWHERE, *route.problems, *(_WITH_BODY if route.body else ())}
    by_status: dict[HTTPStatus, list[str]] = {}
    for kind in sorted(kinds):
        status, title = problems.KINDS[kind]
        by_status.setdefault(status, []).append(title)
    found: dict[str, Any] = {
        str(int(status)): {
            "description": status.phrase,
            "content": _json(model),
            "headers": _ANSWER_HEADERS | (_LATER if status is HTTPStatus.ACCEPTED else {}),
        }
        for status, model in route.answers.items()
    }
    if "If-None-Match" in route.headers:
        found["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase}
    for status, titles in sorted(by_status.items()):
        later = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
        found[str(int(status))] = {
            "description": "; or: ".join(titles),
            "content": {problems.MEDIA_TYPE: {"schema": _ref(responses.ProblemBody)}},
            "headers": _LATER if later else {},
        }
    return found


def _path(route: Route) -> list[dict[str, Any]]:
    if "{id}" not in route.path:
        return []
    schema = {"type": "string", "minLength": 1}
    return [{"name": "id", "in": "path", "required": True, "schema": schema}]


def _query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _not_null(one)}
        for name, one in schema["properties"].items()
    ]


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema without null, which no query can say."""
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            kept |= option
    if schema.get("default") is not None:
        kept["default"] = schema["default"]
    return kept


def _headers(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": name == "If-Match",
            "description": _HEADERS[name][0],
            "schema": _HEADERS[name][1],
        }
        for name in route.headers
    ]


def _own_operation() -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "openapi",
        "summary": "This document.",
        "security": [],
        "responses": {"200": {"description": "OK", "content": content}},
    }


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    models: set[type[BaseModel]] = {responses.ProblemBody}
    for route in routes:
        models |= set(route.answers.values())
        if route.body:
            models.add(route.body)
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    found: dict[str, Any] = schema["$defs"]
    # A batch's comments are checked one by one, so its model leaves open what they are.
    found["BatchBody"]["properties"]["comments"]["items"] = {
        "$ref": _REF.format(model="SubmissionBody")
    }
    return found


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(model)}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
