"""One running scorer: a child process (`child.py`) seen from the event loop.

It asks a few texts at a time and never waits for ever by itself: the caller bounds `ask`.
Restarting, retrying and giving up are the supervisor's business.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import psutil

from moderation.domain.scores import (
    BadScoreError,
    ModelInfo,
    Outcome,
    Scored,
    Unscored,
    UnscoredReason,
    checked,
)
from moderation.scoring.frames import PREFIX_BYTES, body_length, packed, unpacked
from moderation.scoring.scorer import ScorerUnavailableError

_log = logging.getLogger(__name__)

#: -P: a module that lies in the working directory must not stand in for one of ours.
_COMMAND = (sys.executable, "-P", "-m", "moderation.scoring.child")
#: So that the child imports this very package, installed or not.
_PACKAGE_ROOT = str(Path(__file__).parents[2])

#: An answer is a dozen numbers; a longer one is not an answer.
_LONGEST_ANSWER = 1 << 20
_KILL_TIMEOUT_S = 5.0
_MB = 1 << 20


class ScorerGoneError(Exception):
    """The child ended, or broke the protocol, while it had a text."""


class _Pipes(asyncio.SubprocessProtocol):
    """The child's end and its answers, frame by frame.

    On the transport itself: asyncio's streams would cost twice as much for each text.
    """

    def __init__(self) -> None:
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._came = bytearray()
        self._more = asyncio.Event()
        self._is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, which kills and tells how the child ended."""
        self.transport = cast("asyncio.SubprocessTransport", transport)
        self.requests = cast("asyncio.WriteTransport", self.transport.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - only one is read
        """Collect what comes."""
        self._came += data
        self._more.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        """Note that no answer can come any more."""
        if fd == 1:
            self._is_over = True
            self._more.set()

    def process_exited(self) -> None:
        """Tell how the child ended."""
        if not self.exited.done():
            self.exited.set_result(self.transport.get_returncode() or 0)

    async def frame(self) -> bytes:
        """Return the next frame's body. Raises ScorerGoneError."""
        while True:
            end = PREFIX_BYTES
            if len(self._came) >= PREFIX_BYTES:
                end += body_length(self._came[:PREFIX_BYTES])
                if end > _LONGEST_ANSWER:
                    raise ScorerGoneError("an answer too long to be one")
                if len(self._came) >= end:
                    break
            if self._is_over:
                raise ScorerGoneError("no answer can be read from it")
            self._more.clear()
            await self._more.wait()
        body = bytes(self._came[PREFIX_BYTES:end])
        del self._came[:end]
        return body


class RunningScorer:
    """A child process that has loaded its model and passed its self-test."""

    def __init__(self, pipes: _Pipes) -> None:
        self._pipes = pipes
        #: Done when the child has ended, for whatever reason.
        self.exited = pipes.exited
        self.model = ModelInfo("", "")
        self.labels: tuple[str, ...] = ()
        self.busy = False
        self._weighed: psutil.Process | None = None

    @classmethod
    async def start(cls, spec: str, *, threads: int, timeout_s: float) -> RunningScorer:
        """Start a child and wait until it is ready; raises ScorerUnavailableError."""
        command = [*_COMMAND, "--spec", spec, "--threads", str(threads)]
        command += ["--parent", str(os.getpid())]
        paths = [os.environ.get("PYTHONPATH"), _PACKAGE_ROOT]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        try:
            _, pipes = await asyncio.get_running_loop().subprocess_exec(
                _Pipes, *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
            )
        except OSError as error:
            raise ScorerUnavailableError(f"no process for the scorer: {error.strerror}") from error
        scorer = cls(pipes)
        try:
            async with asyncio.timeout(timeout_s):
                await scorer._introduce()
        except TimeoutError:
            await scorer.kill()
            raise ScorerUnavailableError(f"the scorer was not ready in {timeout_s:g} s") from None
        except BaseException:  # cancelled too: no child may be left behind
            await scorer.kill()
            raise
        return scorer

    async def _introduce(self) -> None:
        try:
            hello = await self._receive()
            if "unavailable" in hello:
                raise ScorerUnavailableError(str(hello["unavailable"]))
            model, languages = hello["model"], hello["model"]["languages"]
            known = None if languages is None else tuple(map(str, languages))
            self.model = ModelInfo(str(model["name"]), str(model["version"]), known)
            self.labels = tuple(hello["labels"])
        except (ScorerGoneError, KeyError, TypeError):
            raise ScorerUnavailableError("the scorer's process ended while loading") from None

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._pipes.transport.get_pid()

    async def ask(self, number: int, texts: Sequence[str]) -> list[Outcome]:
        """Have texts scored, each by itself; returns an outcome each, in order.

        `number` must be new: it ties the answer to this question. Raises ScorerGoneError. After
        that, or after a cancelled or timed-out call, the child is of no more use and must be
        killed.
        """
        self.busy = True
        try:
            self._pipes.requests.write(packed({"number": number, "texts": list(texts)}))
        except (OSError, RuntimeError) as error:  # uvloop: RuntimeError on a closed pipe
            raise ScorerGoneError("its input is closed") from error
        answer = await self._receive()
        if answer.get("number") != number:
            raise ScorerGoneError("an answer to another question")
        answers = answer.get("answers")
        if not (isinstance(answers, list) and len(answers) == len(texts)):
            raise ScorerGoneError("not one answer a text")
        self.busy = False
        return [self._outcome(one) for one in answers]

    def _outcome(self, answer: Any) -> Outcome:  # noqa: ANN401 - whatever the child sent
        try:
            if "error" in answer:
                _log.warning("the scorer raised %s", str(answer["error"])[:80])
                return Unscored(UnscoredReason.ERROR)
            scores = checked(answer["scores"], self.labels)
            language, part = answer["language"], answer.get("worst_part")
            return Scored(
                scores,
                self.model,
                float(answer["seconds"]),
                language=None if language is None else str(language),
                worst_part=(int(part[0]), int(part[1])) if part else None,
            )
        except (BadScoreError, LookupError, TypeError, ValueError):
            return Unscored(UnscoredReason.BAD_SCORE)

    async def _receive(self) -> dict[str, Any]:
        try:
            return unpacked(await self._pipes.frame())
        except ValueError as error:
            raise ScorerGoneError("no answer can be read from it") from error

    def rss_mb(self) -> float:
        """Return the child's resident memory in MiB, 0 when it has ended."""
        try:
            if self._weighed is None:  # made once: that takes longer than the weighing
                self._weighed = psutil.Process(self.pid)
            return float(self._weighed.memory_info().rss) / _MB
        except psutil.Error:
            return 0.0

    async def kill(self) -> None:
        """End the child and wait for it, not longer than a few seconds."""
        self.kill_soon()
        self._pipes.transport.close()
        await asyncio.wait({self.exited}, timeout=_KILL_TIMEOUT_S)

    def kill_soon(self) -> None:
        """Send the child SIGKILL, which a hung or stopped process can't refuse."""
        with suppress(ProcessLookupError):
            self._pipes.transport.kill()
