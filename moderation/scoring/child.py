"""The child process that a scorer lives in: `python -m moderation.scoring.child --spec SPEC`.

A few texts come in on stdin, are scored each by itself, their languages told, and are answered on
stdout together and in order (`frames.py`). Whatever a model prints goes nowhere, since it might be
the text; of an exception only its class name leaves. It ends with its parent.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from moderation.domain.scores import BadScoreError, checked
from moderation.scoring import registry
from moderation.scoring.frames import PREFIX_BYTES, body_length, packed, unpacked
from moderation.scoring.language import LanguageDetector
from moderation.scoring.scorer import PlacingScorer, Reading, Scorer, ScorerUnavailableError

_SELF_TEST = "Thank you, that was helpful."
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_OOM_SCORE_ADJ = Path("/proc/self/oom_score_adj")


def main(arguments: list[str] | None = None) -> int:
    """Load, test, serve until stdin ends; returns the exit status."""
    parser = argparse.ArgumentParser(prog="moderation.scoring.child")
    parser.add_argument("--spec", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--parent", type=int, required=True, help="process id of the parent")
    options = parser.parse_args(arguments)
    requests, answers = _private_pipes()
    _end_with(options.parent)
    try:
        detector = LanguageDetector()
        scorer = registry.load(options.spec, threads=options.threads)
        checked(scorer.score(_SELF_TEST), scorer.labels)
    except ScorerUnavailableError as error:
        _send(answers, {"unavailable": str(error)})
        return 1
    except Exception as error:  # an operator's scorer raises what it likes
        _send(answers, {"unavailable": f"{type(error).__name__} while loading and testing it"})
        return 1
    _send(answers, {"model": asdict(scorer.model), "labels": list(scorer.labels)})
    read = _read(scorer)
    while (request := _receive(requests)) is not None:
        answered = [_answer(read, scorer.labels, detector, text) for text in request["texts"]]
        _send(answers, {"number": request["number"], "answers": answered})
    return 0


def _read(scorer: Scorer) -> Callable[[str], Reading]:
    """Return how a text is read: an operator's own scorer may know no part of it."""
    if isinstance(scorer, PlacingScorer):
        return scorer.read
    return lambda text: Reading(scorer.score(text))


def _answer(
    read: Callable[[str], Reading],
    labels: tuple[str, ...],
    detector: LanguageDetector,
    text: str,
) -> dict[str, Any]:
    begin = time.perf_counter()
    try:
        reading = read(text)
        scores, language = checked(reading.scores, labels), detector.language(text)
    except BadScoreError:
        return {"bad": True}
    except Exception as error:  # its message may quote the text
        return {"error": type(error).__name__}
    answer = {"scores": scores, "seconds": time.perf_counter() - begin, "language": language}
    return answer | ({"worst_part": reading.worst_part} if reading.worst_part else {})


def _receive(requests: BinaryIO) -> dict[str, Any] | None:
    prefix = requests.read(PREFIX_BYTES)
    if len(prefix) < PREFIX_BYTES:
        return None
    length = body_length(prefix)
    body = requests.read(length)
    return unpacked(body) if len(body) == length else None


def _send(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(packed(message))
    answers.flush()


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take stdin and stdout for the parent alone and leave the null device in their places."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return requests, answers


def _end_with(parent: int) -> None:
    """Leave the end of this process to its parent alone, and end when the parent does."""
    # A signal to the whole group must not end it while the parent still drains.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # When memory runs out, the kernel should take this process, which is soon replaced.
        with suppress(OSError):
            _OOM_SCORE_ADJ.write_text("500")
    if os.getppid() != parent:  # it ended before the signal was asked for
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
