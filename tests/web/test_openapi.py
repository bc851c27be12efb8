"""The document says what is served, no less and no more; what it describes holds under fire."""

from __future__ import annotations

import asyncio
import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from moderation.web import problems
from moderation.web.hooks import routes as hooks
from moderation.web.native import ROUTES
from moderation.web.openai import routes as openai
from moderation.web.openapi import document
from moderation.web.server import create_api
from tests.web.kit import Service, key

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def test_it_is_a_valid_document_that_anyone_may_read(idle: Service):
    answer = await idle.ask("GET", "/openapi.json", scope=None)
    assert answer.status == 200
    OpenAPIV31SpecValidator(answer.body).validate()
    assert answer.body == json.loads(json.dumps(document(ROUTES)))


def of_others(path: str) -> bool:
    """Whether a path is the page's, which is for people, or as others describe what they send."""
    return path in {openai.PATH, hooks.PATH} or not path.startswith(("/v1/", "/openapi.json"))


async def test_every_route_is_in_it_and_it_has_no_other(idle: Service):
    served = {
        (route.method, route.resource.canonical)
        for route in create_api(idle.context).router.routes()
        if route.resource and not of_others(route.resource.canonical)
    }
    described = {
        (method.upper(), path)
        for path, methods in document(ROUTES)["paths"].items()
        for method in methods
    }
    assert served == described


def test_every_operation_has_its_security_and_problems():
    for path, methods in document(ROUTES)["paths"].items():
        for operation in methods.values():
            if path == "/openapi.json":
                assert operation["security"] == []
                continue
            assert {"key": []} in operation["security"]
            for status in ("400", "401", "403", "500", "503"):
                assert "application/problem+json" in operation["responses"][status]["content"]
    signed = [route.path for route in ROUTES if route.signed]
    paths = ["/v1/comments", "/v1/comments/batch", "/v1/comments/{id}", "/v1/comments/{id}/appeal"]
    assert signed == paths


def test_every_kind_of_problem_that_a_route_names_is_known():
    assert {kind for route in ROUTES for kind in route.problems} <= set(problems.KINDS)


def _storm(url: str, scope: str, mode: GenerationMode) -> int:
    """Send each of a scope's operations a bounded number of generated cases; return how many."""
    schema = schemathesis.openapi.from_dict(document(ROUTES))
    headers, sent = {"Authorization": f"Bearer {key('default', scope)}"}, 0
    for route in ROUTES:
        if route.scope != scope or (mode is GenerationMode.NEGATIVE and not route.body):
            continue

        @given(case=schema[route.path][route.method].as_strategy(generation_mode=mode))
        @settings(
            max_examples=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def storm(case: schemathesis.Case) -> None:
            nonlocal sent
            case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)
            sent += 1

        storm()
    return sent


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("scope", ["submit", "moderate", "admin"])
async def test_nothing_breaks_it_and_each_answer_is_as_described(
    service: Service, scope: str, mode: GenerationMode
):
    await service.submit("you idiot", external_id="0")
    sent = await asyncio.to_thread(_storm, service.url, scope, mode)
    assert sent >= (0 if (scope, mode) == ("admin", GenerationMode.NEGATIVE) else 20)
