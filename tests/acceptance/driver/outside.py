"""What is checked beside the history: scores by a scorer alone, and logs without any text."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.acceptance.driver.checker import Breach
from tests.acceptance.driver.events import Event
from tests.acceptance.driver.texts import Comment

_SAMPLE = 200
_PROBE = 40  # characters; a shorter text may stand in a log by chance


def scored_alone(comments: Sequence[Comment], scorer: str, seed: int) -> Iterator[Event]:
    """Yield what `moderation score` says of some of the texts, one process and no service."""
    sample = random.Random(seed).sample(comments, min(_SAMPLE, len(comments)))
    lines = "".join(json.dumps({"text": comment.text}) + "\n" for comment in sample)
    command = [sys.executable, "-m", "moderation", "score", "--scorer", scorer]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    for comment, line in zip(sample, run.stdout.splitlines(), strict=True):
        yield Event(op="scored", sha=comment.sha, scores=json.loads(line)["scores"])


def texts_in_logs(comments: Sequence[Comment], logs: Sequence[Path], seed: int) -> list[Breach]:
    """Return a breach for each sampled text whose beginning stands in a log."""
    written = "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)
    long = [comment for comment in comments if len(comment.text) >= _PROBE]
    sample = random.Random(seed).sample(long, min(_SAMPLE, len(long)))
    return [
        Breach("text_in_log", comment.external_id, "its text stands in a log")
        for comment in sample
        if comment.text[:_PROBE] in written or json.dumps(comment.text)[1:_PROBE] in written
    ]
