"""The child process by itself: the parent's only view of it is frames, and it never outlives it."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from moderation.scoring.frames import body_length, packed, unpacked
from tests.fakes.faulty_scorer import expected

COMMAND = [sys.executable, "-m", "moderation.scoring.child", "--spec"]
SPEC = "python:tests.fakes.faulty_scorer:make"


class Child:
    def __init__(self, spec: str = SPEC, parent: int | None = None) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, spec, "--parent", str(parent or os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def receive(self) -> dict[str, Any]:
        return unpacked(self.stdout.read(body_length(self.stdout.read(4))))

    def ask(self, *texts: str, number: int = 7) -> list[dict[str, Any]]:
        self.stdin.write(packed({"number": number, "texts": texts}))
        self.stdin.flush()
        answer = self.receive()
        assert answer.pop("number") == number
        return list(answer.pop("answers"))

    def close(self) -> int:
        self.stdin.close()
        status = self.process.wait(60)
        assert self.process.stderr.read() == b""
        self.stdout.close()
        self.process.stderr.close()
        return status


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    yield child
    assert child.close() == 0


def test_it_introduces_itself_answers_and_ends_with_its_input(child: Child) -> None:
    model = {"name": "faulty", "version": "1", "languages": None}
    assert child.receive() == {"model": model, "labels": ["toxicity", "insult"]}
    texts = ("a text", "another")
    for text, answer in zip(texts, child.ask(*texts, number=3), strict=True):
        assert answer.pop("seconds") >= 0
        assert answer == {"scores": expected(text), "language": None}


def test_a_fault_is_answered_without_the_text_and_survived(child: Child) -> None:
    child.receive()
    raised, printed, bad, alone = child.ask(
        "please raise", "please print", "please nan", "\ud83d alone"
    )
    assert raised == {"error": "ValueError"}
    assert bad == {"bad": True}
    assert printed["scores"] == expected("please print")
    assert alone["scores"] == expected("\ud83d alone")


def test_signals_to_the_group_do_not_end_it(child: Child) -> None:
    child.receive()
    for number in (signal.SIGINT, signal.SIGTERM):
        child.process.send_signal(number)
    [answer] = child.ask("still here")
    assert answer["scores"] == expected("still here")


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("nonsense", "possible are onnx"),
        ("python:tests.fakes.faulty_scorer:never", "made to be unavailable"),
        ("python:tests.fakes.faulty_scorer:fails_to_load", "RuntimeError"),
        ("python:tests.fakes.faulty_scorer:bad_at_once", "BadScoreError"),
    ],
)
def test_it_says_why_it_can_not_serve(spec: str, why: str) -> None:
    child = Child(spec)
    assert why in child.receive()["unavailable"]
    assert child.close() == 1


def test_a_truncated_request_is_the_end() -> None:
    child = Child()
    child.receive()
    child.stdin.write(struct.pack(">I", 100) + b"{")
    assert child.close() == 0


def test_another_parent_than_its_own_is_a_parent_that_died() -> None:
    child = Child(parent=1)
    assert child.stdout.read() == b""
    assert child.close() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_hung_child_dies_with_a_killed_parent() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys\n"
            "from tests.unit.scoring.test_child import Child\n"
            "child = Child(); child.receive()\n"
            "print(child.process.pid, flush=True)\n"
            "child.ask('please hang')\n",
        ],
        stdout=subprocess.PIPE,
    )
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait(60)
    parent.stdout.close()
    while alive(child):
        time.sleep(0.01)  # a child that outlives its parent keeps the test from ending
