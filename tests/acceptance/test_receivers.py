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


#: How a program of the CMS calls `sent`, with the folder of the receivers as its working directory.
SENT = {
    "python": "import receiver; receiver.sent('{id}', {revision})",
    "php": "require 'receiver.php'; sent('{id}', {revision});",
    "node": "import('./receiver.mjs').then((one) => one.sent('{id}', {revision}))",
}


def command(language: str, port: int) -> list[str]:
    if language == "python":
        return [sys.executable, str(RECEIVERS / "receiver.py")]
    if language == "node":
        return [require("node"), str(RECEIVERS / "receiver.mjs")]
    return [require("php"), "-S", f"127.0.0.1:{port}", str(RECEIVERS / "receiver.php")]


@dataclass
class Receiver:
    """A running receiver: where it listens, and what it says it applied."""

    language: str
    port: int
    output: Path
    env: dict[str, str]

    def applied(self) -> list[str]:
        lines = self.output.read_text().splitlines()
        return [line[line.index("applied") :] for line in lines if "applied" in line]

    def post(self, body: bytes, headers: dict[str, str], method: str = "POST") -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request(method, "/", body, headers)
            return connection.getresponse().status

    def sent(self, name: str, revision: int) -> None:
        """Tell what the service answered to an edit, as a program beside the receiver would."""
        said = SENT[self.language].format(id=f"c_{name}", revision=revision)
        program = {
            "python": [sys.executable, "-c", said],
            "php": ["php", "-r", said],
            "node": ["node", "-e", said],
        }[self.language]
        subprocess.run(program, cwd=RECEIVERS, env=self.env, check=True, timeout=30)


@pytest.fixture(params=LANGUAGES)
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiver]:
    port, output = free_port(), tmp_path / "output.txt"
    # One that lost its bytes on the way here; Python's library refuses to start with it.
    broken = "" if request.param == "python" else "whsec_ "
    env = os.environ | {
        "CALLBACK_SECRETS": f"{broken}{OLD} {NEW}",
        "PORT": str(port),
        "STATE": str(tmp_path / "state"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with output.open("wb") as log:
        child = subprocess.Popen(
            bound(command(request.param, port)), env=env, stdout=log, stderr=log
        )
    try:
        one = Receiver(request.param, port, output, env)
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


def told(version: int = 2, decision: str = "approve", **others: object) -> bytes:
    data = {"id": "c_line-1", "external_id": "line-1", "revision": 1, "version": version}
    data |= {"decision": decision, **others}
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


def test_what_is_said_of_an_earlier_text_changes_nothing(receiver: Receiver) -> None:
    """An approval of the first text must not publish the second, which the CMS has sent since."""
    receiver.sent("line-1", 2)
    receiver.sent("line-1", 1)  # an answer that was slow: the highest counts
    first, second = told(version=2), told(version=4, decision="hold", revision=2)
    assert receiver.post(first, signed(first, name="d2")) == 204
    assert receiver.applied() == []
    assert receiver.post(second, signed(second, name="d4")) == 204
    late = told(version=5)
    assert receiver.post(late, signed(late, name="d5")) == 204
    assert receiver.applied() == ["applied line-1 4 hold"]


def test_a_revision_that_the_cms_did_not_tell_of_is_known_from_its_callback(
    receiver: Receiver,
) -> None:
    second, first = told(version=4, decision="hold", revision=2), told(version=5, revision=1)
    assert receiver.post(second, signed(second, name="d4")) == 204
    assert receiver.post(first, signed(first, name="d5")) == 204
    assert receiver.applied() == ["applied line-1 4 hold"]


@pytest.mark.parametrize("gone", ["null", "absent"])
def test_a_comment_without_an_external_id_goes_by_its_id(receiver: Receiver, gone: str) -> None:
    body = told(external_id=None)
    if gone == "absent":
        body = body.replace(b'"external_id": null, ', b"")
    assert receiver.post(body, signed(body)) == 204
    assert receiver.applied() == ["applied c_line-1 2 approve"]


def forged() -> dict[str, dict[str, str]]:
    body = told()
    good = signed(body)
    return {
        "another secret": signed(body, FOREIGN),
        "an empty secret": signed(body, "whsec_"),
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
    "no version": told().replace(b'"version"', b'"other"'),
    "version is text": told().replace(b": 2", b': "2"'),
    "no revision": told().replace(b'"revision"', b'"other"'),
    "revision is null": told(revision=None),
    "id is a list": told(id=[]),
    "no id": told().replace(b'"id"', b'"other"'),
    "external_id is a list": told(external_id=["line-1"]),
    "no decision": told(decision="").replace(b'"decision"', b'"other"'),
    "no UTF-8": b"\xff\xfe",
}


def test_a_malformed_body_is_refused_even_when_signed(receiver: Receiver) -> None:
    statuses = {flaw: receiver.post(body, signed(body)) for flaw, body in MALFORMED.items()}
    assert statuses == dict.fromkeys(MALFORMED, 400) | {"no UTF-8": statuses["no UTF-8"]}
    assert statuses["no UTF-8"] in {400, 401}
    assert receiver.applied() == []


def test_a_body_of_one_mebibyte_is_taken(receiver: Receiver) -> None:
    body = told().rjust(1024 * 1024)
    assert receiver.post(body, signed(body)) == 204
    assert len(receiver.applied()) == 1


def test_a_body_over_the_limit_is_refused(receiver: Receiver) -> None:
    body = told().rjust(1024 * 1024 + 1)
    status = 413
    # One that answers before it has read all may close on a caller that still sends.
    with suppress(BrokenPipeError, ConnectionResetError, RemoteDisconnected):
        status = receiver.post(body, signed(body))
    assert status == 413
    assert receiver.applied() == []


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
