"""Perspective's batches: one request of several calls, each answered by itself."""

from __future__ import annotations

import json

import pytest

from tests.web.kit import Service, key
from tests.web.test_perspective import perspective, refusal

__all__ = ["perspective"]


def batch(*parts: str, end: str = "\r\n") -> tuple[bytes, dict[str, str]]:
    lines = []
    for number, part in enumerate(parts):
        lines += ["--B", "Content-Type: application/http", f"Content-ID: <uuid + {number}>"]
        lines += ["", *part.split("\n")]
    raw = end.join([*lines, "--B--", ""]).encode()
    return raw, {"Content-Type": 'multipart/mixed; boundary="B"'}


def call(
    text: str, path: str = "/v1alpha1/comments:analyze?key=" + key("default", "submit")
) -> str:
    body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}
    return f"POST {path} HTTP/1.1\nContent-Type: application/json\n\n{json.dumps(body)}"


@pytest.mark.parametrize("end", ["\r\n", "\n"])
async def test_a_batch_is_answered_part_by_part(perspective: Service, end: str) -> None:
    raw, headers = batch(
        call("you idiot"),
        call(""),
        call("a", "/elsewhere?key=" + key("default", "submit")),
        end=end,
    )
    answer = await perspective.ask("POST", "/batch", raw=raw, scope=None, headers=headers)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("multipart/mixed")
    parts = answer.text.split("application/http")[1:]
    assert ["<response-uuid + 0>" in parts[0], "<response-uuid + 1>" in parts[1]] == [True, True]
    assert '"value": 0.9' in parts[0]
    assert "HTTP/1.1 400 Bad Request" in parts[1]
    assert "COMMENT_EMPTY" in parts[1]
    assert "HTTP/1.1 404" in parts[2]


@pytest.mark.parametrize(
    ("raw", "headers"),
    [
        (b"{}", {"Content-Type": "application/json"}),
        (b"nothing", {"Content-Type": "multipart/mixed"}),
        (b"--B--\r\n", {"Content-Type": "multipart/mixed; boundary=B"}),
        batch(*[call("a")] * 101),
        (b"--B\n\n" * 102, {"Content-Type": "multipart/mixed; boundary=B"}),
    ],
)
async def test_what_is_no_batch_is_refused(
    perspective: Service, raw: bytes, headers: dict[str, str]
) -> None:
    answer = await perspective.ask("POST", "/batch", raw=raw, scope=None, headers=headers)
    assert refusal(answer)[0] == 400


async def test_parts_within_parts_are_not_opened(perspective: Service) -> None:
    deep = "".join(
        f"--B{one}\nContent-Type: multipart/mixed; boundary=B{one + 1}\n\n" for one in range(3000)
    )
    headers = {"Content-Type": "multipart/mixed; boundary=B0"}
    answer = await perspective.ask("POST", "/batch", raw=deep.encode(), scope=None, headers=headers)
    assert answer.status == 200
    assert answer.text.count("HTTP/1.1 403") == answer.text.count("Content-ID") + 1 == 1
