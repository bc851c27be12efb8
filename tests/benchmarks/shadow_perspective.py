"""`moderation shadow-perspective` in a run: real scores of Perspective's, played back to it.

    python -m tests.benchmarks.shadow_perspective DATA OUT

A stand-in of Perspective answers, after a wait as the real one's, with the scores that the API gave
to talk-page comments (CAT). Each is asked for directly and through the proxy, one after the other,
so that what the proxy adds is a difference of two calls a moment apart. Then the report is made.
No text is shown or written.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import click
from rich.progress import Progress

from moderation.evaluation.sets import distinct, read
from tests.clients.test_perspective_shadow_clients import proxying
from tests.fakes.perspective import perspective

_SOURCE = "cat_wikipedia_context/cat_large_gn"
_PATH = "/v1alpha1/comments:analyze?key=k"
_WAIT_S, _CALLERS = 0.1, 8
_THRESHOLDS = ("0.3", "0.5", "0.7", "0.8", "0.9")
_COMMAND = [sys.executable, "-m", "moderation", "shadow-perspective", "report"]


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", default=10_000, show_default=True, help="How many comments.")
def main(data: Path, out: Path, count: int) -> None:
    """Play back Perspective's scores of DATA and write the report to OUT."""
    rows = distinct(read(data, _SOURCE, "text", "api"), lambda row: str(row["text"]))
    scores = {str(row["text"]): float(row["api"]) for row in rows[:count]}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        waits = asyncio.run(_played(directory, scores))
        wanted = [word for at in _THRESHOLDS for word in ("--threshold", f"TOXICITY={at}")]
        options = ["--data", str(directory), "--out", str(out), *wanted]
        subprocess.run([*_COMMAND, *options], check=True)
    added = sorted(through - direct for direct, through in waits)
    shown = ", ".join(
        f"p{part} {1000 * added[part * len(added) // 100]:.1f} ms" for part in (5, 50, 95, 99)
    )
    click.echo(f"{len(added)} calls; what the proxy adds to one: {shown}")


async def _played(directory: Path, scores: dict[str, float]) -> list[tuple[float, float]]:
    """Return how long each call took, directly and through the proxy (s)."""
    waits: list[tuple[float, float]] = []
    async with perspective() as there, aiohttp.ClientSession() as http:
        there.scores, there.delay_s = scores, _WAIT_S
        async with proxying(directory, there, scorer="onnx") as proxy:
            left = iter(scores)

            async def ask() -> None:
                for text in left:
                    waits.append((await _asked(http, there.url, text),
                                  await _asked(http, proxy.url, text)))  # fmt: skip
                    bar.advance(task)

            with Progress() as bar:
                task = bar.add_task("asking", total=len(scores))
                await asyncio.gather(*(ask() for _ in range(_CALLERS)))
            assert await proxy.end() == 0
    return waits


async def _asked(http: aiohttp.ClientSession, url: str, text: str) -> float:
    body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}
    begin = time.perf_counter()
    async with http.post(url + _PATH, json=body) as response:
        await response.read()
        response.raise_for_status()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
