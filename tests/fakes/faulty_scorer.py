"""A scorer that fails on demand, for `python:` specs. Its score is a function of the text.

Runs in the child process: PYTHONPATH must lead to this folder (see `faulty_spec` in the tests).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moderation.domain.scores import ModelInfo
from moderation.scoring.frames import packed
from moderation.scoring.scorer import Reading, ScorerUnavailableError

LABELS = ("toxicity", "insult")


def expected(text: str) -> dict[str, float]:
    """Return the text's own scores, so that a swapped answer is seen."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return {"toxicity": digest[0] / 255, "insult": int.from_bytes(digest[1:4]) / 0xFFFFFF}


def _raise(text: str) -> None:
    raise ValueError(f"could not score: {text}")


def _hang(_: str) -> None:
    while True:
        time.sleep(3600)


def _deaf(_: str) -> None:
    ctypes.PyDLL(None).sleep(3600)  # holds the interpreter's lock, as a stuck extension would


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
    os.write(1, text.encode())
    os.write(2, text.encode())


def _to_every_pipe(content: bytes) -> None:
    for descriptor in range(3, 32):
        with suppress(OSError):
            os.write(descriptor, content)


_LEAKED: list[bytearray] = []


def _leak(_: str) -> None:
    _LEAKED.append(bytearray(os.urandom(1)) * (16 << 20))


def _devour(_: str) -> None:
    while True:
        _leak("")
        time.sleep(0.02)


_ANSWERS: dict[str, dict[str, Any]] = {
    "nan": {"toxicity": float("nan"), "insult": 0.5},
    "infinity": {"toxicity": float("inf"), "insult": 0.5},
    "range": {"toxicity": 1.5, "insult": 0.5},
    "shape": {"toxicity": 0.5},
    "string": {"toxicity": "0.5", "insult": 0.5},
}
_DEEDS: dict[str, Callable[[str], None]] = {
    "raise": _raise,
    "hang": _hang,
    "deaf": _deaf,
    "crash": lambda _: os._exit(3),
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "exit": lambda _: sys.exit(0),
    "print": _print,
    "babble": lambda _: _to_every_pipe(b"\xff" * 8),
    "mumble": lambda _: _to_every_pipe(b"\0\0\0\2[]"),
    "forge": lambda _: _to_every_pipe(packed({"number": 1 << 40, "scores": expected("")})),
    "leak": _leak,
    "devour": _devour,
    "sleep": lambda text: time.sleep(float(text.split()[2])),
}


class FaultyScorer:
    """Does what a text of the form "please WORD …" asks for; scores any other."""

    model = ModelInfo("faulty", "1")
    labels = LABELS

    def score(self, text: str) -> dict[str, Any]:
        word = text.split()[1] if text.startswith("please ") else ""
        if word in _ANSWERS:
            return _ANSWERS[word]
        if word in _DEEDS:
            _DEEDS[word](text)
        return expected(text)


class EnglishScorer(FaultyScorer):
    """Reads English only, gives every text a low score, and knows the worst part of long ones."""

    model = ModelInfo("english", "1", ("en",))

    def score(self, text: str) -> dict[str, Any]:
        return dict.fromkeys(LABELS, 0.1)

    def read(self, text: str) -> Reading:
        return Reading(self.score(text), (2, 6) if len(text) > 60 else None)


def make(threads: int) -> FaultyScorer:
    return FaultyScorer()


def english(threads: int) -> EnglishScorer:
    return EnglishScorer()


def crashes_once(threads: int) -> FaultyScorer:
    """Load only when the file named by FAULTY_LOADS exists; else end as a broken library would."""
    if not os.path.exists(os.environ["FAULTY_LOADS"]):
        os._exit(7)
    return FaultyScorer()


def never(threads: int) -> FaultyScorer:
    raise ScorerUnavailableError("made to be unavailable")


def fails_to_load(threads: int) -> FaultyScorer:
    raise RuntimeError("some detail")


def hangs_to_load(threads: int) -> FaultyScorer:
    time.sleep(3600)
    return FaultyScorer()


def slow_to_load(threads: int) -> FaultyScorer:
    time.sleep(1.5)
    return FaultyScorer()


def bad_at_once(threads: int) -> FaultyScorer:
    """Fails the self-test: its labels are not what it promised."""
    scorer = FaultyScorer()
    scorer.labels = ("toxicity",)
    return scorer
