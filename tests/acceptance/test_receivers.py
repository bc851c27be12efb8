"""The receivers that the docs hand out, each started as a real process and called over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from socket import create_connection

import pytest

from moderation.store.server_command import bound
from tests.requirements import require
from tests.servers import free_port

RECEIVERS = Path(__file__).parents[2] / "docs" / "receivers"
LANGUAGES = ("python", "php", "node")
OLD, NEW, FOREIGN = (
    "whsec_" + base64.b64encode(secrets.token_bytes(size)).decode() for size in (24, 32, 64)
)


def command(language: str, port: int) -> list[str]:
    if language == "python":
        return [sys.executable, str(RECEIVERS / "receiver.py")]
    if language == "node":
        return [require("node"), str(RECEIVERS / "receiver.mjs")]
    return [require("php"), "-S", f"127.0.0.1:{port}", str(RECEIVERS / "receiver.php")]


@dataclass
class Receiver:
    """A running receiver: where it listens, and what it says it applied."""

    port: int
    output: Path

    def applied(self) -> list[str]:
        lines = self.output.read_text().splitlines()
        return [line[line.index("applied") :] for line in lines if "applied" in line]

    def post(self, body: bytes, headers: dict[str, str], method: str = "POST") -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request(method, "/", body, headers)
            return connection.getresponse().status


@pytest.fixture(params=LANGUAGES)
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiver]:
    port, output = free_port(), tmp_path / "output.txt"
    env = {"CALLBACK_SECRETS": f"{OLD} {NEW}", "PORT": str(port), "STATE": str(tmp_path / "state")}
    with output.open("wb") as log:
        child = subprocess.Popen(
            bound(command(request.param, port)), env=os.environ | env, stdout=log, stderr=log
        )
    try:
        one = Receiver(port, output)
        _await_listening(one, child)
        yield one
    finally:
        child.terminate()
        child.wait()


def _await_listening(receiver: Receiver, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while child.poll() is None and time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), create_connection(("127.0.0.1", receiver.port)):
            return
        time.sleep(0.05)
    pytest.fail(f"the receiver did not start: {receiver.output.read_text()}")


def told(name: str = "line-1", version: int = 2, decision: str = "approve") -> bytes:
    data = {"id": f"c_{name}", "external_id": name, "version": version, "decision": decision}
    return json.dumps({"type": "comment.decided", "timestamp": "now", "data": data}).encode()


def signed(body: bytes, secret: str = NEW, *, name: str = "d1", age_s: int = 0) -> dict[str, str]:
    """Sign as the specification says, by no library, so that neither side is its own judge."""
    timestamp = str(int(time.time()) - age_s)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{name}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def test_a_good_callback_is_applied(receiver: Receiver) -> None:
    assert receiver.post(told(), signed(told())) == 204
    assert receiver.applied() == ["applied line-1 2 approve"]


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_every_active_secret_and_any_of_several_signatures_counts(
    receiver: Receiver, secret: str
) -> None:
    headers = signed(told(), secret)
    foreign = signed(told(), FOREIGN)["webhook-signature"]
    headers["webhook-signature"] = f"v1a,x {foreign} {headers['webhook-signature']}"
    assert receiver.post(told(), headers) == 204
    assert len(receiver.applied()) == 1


def test_a_replay_is_taken_and_applied_once(receiver: Receiver) -> None:
    for _ in range(3):
        assert receiver.post(told(), signed(told())) == 204
    assert len(receiver.applied()) == 1


def test_an_older_version_changes_nothing(receiver: Receiver) -> None:
    newer, older = told(version=3, decision="reject"), told(version=2)
    assert receiver.post(newer, signed(newer, name="d3")) == 204
    assert receiver.post(older, signed(older, name="d2")) == 204
    assert receiver.applied() == ["applied line-1 3 reject"]


def forged() -> dict[str, dict[str, str]]:
    body = told()
    good = signed(body)
    return {
        "another secret": signed(body, FOREIGN),
        "another body": signed(told(decision="reject")),
        "another id": {**good, "webhook-id": "d2"},
        "another time": {**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)},
        "too old": signed(body, age_s=301),
        "too new": signed(body, age_s=-330),
        "no time": {**good, "webhook-timestamp": "noon"},
        "no signature": {name: good[name] for name in ("webhook-id", "webhook-timestamp")},
        "no headers": {},
        "no base64": {**good, "webhook-signature": "v1,?"},
        "no version": {**good, "webhook-signature": good["webhook-signature"].partition(",")[2]},
        "short": {**good, "webhook-signature": good["webhook-signature"][:-8]},
    }


def test_a_forged_callback_is_refused(receiver: Receiver) -> None:
    flaws = forged()
    statuses = {flaw: receiver.post(told(), headers) for flaw, headers in flaws.items()}
    assert statuses == dict.fromkeys(flaws, 401)
    assert receiver.applied() == []


MALFORMED = {
    "no JSON": b"{",
    "empty": b"",
    "a list": b"[]",
    "a number": b"7",
    "no data": b'{"type": "comment.decided"}',
    "data is text": b'{"data": "x"}',
    "no version": b'{"data": {"id": "c", "external_id": "e", "decision": "hold"}}',
    "version is text": b'{"data": {"id":"c","external_id":"e","decision":"hold","version":"2"}}',
    "id is a list": b'{"data": {"id": [], "external_id": "e", "decision": "hold", "version": 2}}',
    "no UTF-8": b"\xff\xfe",
}


def test_a_malformed_body_is_refused_even_when_signed(receiver: Receiver) -> None:
    statuses = {flaw: receiver.post(body, signed(body)) for flaw, body in MALFORMED.items()}
    assert statuses == dict.fromkeys(MALFORMED, 400) | {"no UTF-8": statuses["no UTF-8"]}
    assert statuses["no UTF-8"] in {400, 401}
    assert receiver.applied() == []


def test_a_body_over_the_limit_is_refused(receiver: Receiver) -> None:
    body = b" " * 70_000 + told()
    assert receiver.post(body, signed(body)) == 413


def test_only_a_post_is_a_callback(receiver: Receiver) -> None:
    assert receiver.post(b"", {}, method="GET") in {405, 501}


def test_a_failure_to_keep_it_is_no_2xx(receiver: Receiver, tmp_path: Path) -> None:
    """What was not kept must be sent again."""
    for one in tmp_path.glob("state*"):
        one.unlink()
    (tmp_path / "state").mkdir()
    (tmp_path / "state.new").mkdir()
    status = 500
    with suppress(RemoteDisconnected):
        status = receiver.post(told(), signed(told()))
    assert status >= 500
