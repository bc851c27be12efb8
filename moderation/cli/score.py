"""`moderation score`: JSON lines in, decisions out, without a server.

The scorer runs in supervised processes as in the service: whatever it does to one line, the others
are scored, and a line without a score is held.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click

from moderation.cli.common import one_message
from moderation.defaults import POLICIES_DIR
from moderation.domain.decide import decide
from moderation.domain.policy import Policy
from moderation.domain.rules import Facts
from moderation.domain.text import View
from moderation.scoring.supervisor import ScorerPool
from moderation.services.policies import read_policy

_BATCH = 64
_LOOK_S = 0.2


@click.command("score")
@click.option("--scorer", default="onnx", show_default=True, help="onnx, onnx:DIR, detoxify:NAME …")
@click.option("--processes", default=1, show_default=True, help="Scorer processes.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=POLICIES_DIR / "default.toml",
    help="The policy that decides.  [default: the packaged one]",
)
def score(scorer: str, processes: int, policy_file: Path) -> None:
    """Score JSON lines {"text": …} from stdin; write scores, decision, reasons and language.

    A line that is no such object is held as `invalid_input`, and the exit status is 1.
    """
    with one_message():
        policy = read_policy(policy_file)
        good = asyncio.run(_score(sys.stdin.buffer, scorer, processes, policy))
    if not good:
        raise SystemExit(1)


async def _score(lines: BinaryIO, spec: str, processes: int, policy: Policy) -> bool:
    """Write one line for each line read; returns whether all of them could be read."""
    pool = ScorerPool(spec, processes=processes)
    await pool.start()
    good = True
    try:
        await _loaded(pool)
        while batch := list(islice(lines, _BATCH)):
            texts = [_text(line) for line in batch]
            outcomes = iter(await pool.score([text for text in texts if text is not None]))
            for text in texts:
                if text is None:
                    good = False
                    _write(None, "hold", [{"code": "invalid_input"}], None)
                    continue
                facts = Facts(text=View(text, range(len(text) + 1)))
                verdict = decide(facts, next(outcomes), policy, 0)
                reasons = [reason.to_dict() for reason in verdict.reasons]
                _write(verdict.scores, verdict.decision.value, reasons, verdict.language)
    finally:
        await pool.stop()
    return good


async def _loaded(pool: ScorerPool) -> None:
    """Wait for the scorer, no longer than it takes to know that there is none."""
    while not await pool.wait_ready(_LOOK_S):
        if pool.failure:
            raise click.ClickException(pool.failure)


def _text(line: bytes) -> str | None:
    """Return the text of a line, or None if it is not UTF-8 of {"text": a string of Unicode}."""
    try:
        text = json.loads(line.decode())["text"]
        text.encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def _write(
    scores: dict[str, float] | None,
    decision: str,
    reasons: list[dict[str, Any]],
    language: str | None,
) -> None:
    answer = {"scores": scores, "decision": decision, "reasons": reasons, "language": language}
    click.echo(json.dumps(answer))
