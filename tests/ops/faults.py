"""`python -m tests.ops.faults`: play faults to a real service, and write docs/faults.md.

Real Prometheus, Alertmanager, Valkey and roles; takes about ten minutes and little CPU.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import click
import uvloop
from aiohttp import web

from tests.acceptance.driver.deployment import Deployment
from tests.acceptance.driver.site import Site
from tests.ops import faults_page
from tests.ops.breaking_scorer import FLAG
from tests.ops.watched import Watch, watching
from tests.servers import free_port

_ROOT = Path(__file__).parents[2]
FACTOR = 60
_A_SECOND = 8.0
_HEALTHY_S = 25.0
_QUIET_S = 150.0
_SETTINGS = """
[queue]
max_depth = 400
"""
_POLICY = 'name = "default"\nthresholds = {toxicity = 0.7, insult = 0.9}\n'


@dataclass(slots=True)
class Stage:
    """What is played on: the deployment, its receiver and its traffic."""

    deployment: Deployment
    site: Site
    flag: Path
    origin: str
    receiver_is_dead: bool = False
    a_second: float = _A_SECOND
    sent: int = 0
    answers: dict[int, int] = field(default_factory=dict)

    async def receive(self, _: web.Request) -> web.Response:
        """Answer a callback, or not."""
        return web.Response(status=503 if self.receiver_is_dead else 204)

    async def send(self) -> None:
        """Send mild comments at the pace until cancelled; nobody waits for an answer."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._one(session, self.sent))
                self.sent += 1
                await asyncio.sleep(1 / self.a_second)

    async def _one(self, session: aiohttp.ClientSession, number: int) -> None:
        status = 0
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(
                f"{self.deployment.url}/v1/comments",
                json={"text": f"a fine day {number}", "callback_url": f"{self.origin}/hook"},
                headers={"Authorization": f"Bearer {self.site.api_key}"},
            ) as response:
                status = response.status
        self.answers[status] = self.answers.get(status, 0) + 1

    def signal_role(self, name: str, number: signal.Signals) -> None:
        """Send a signal to the one process of a role."""
        [role] = [role for role in self.deployment.roles if role.name.startswith(name)]
        assert role._child is not None
        os.kill(role._child.pid, number)


Deed = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done, for how long (s), and how it is put right."""

    name: str
    what: str
    lasts_s: float
    begin: Deed
    end: Deed


def _server(number: signal.Signals) -> Deed:
    def deed(stage: Stage) -> None:
        assert stage.deployment._server.pid
        os.kill(stage.deployment._server.pid, number)

    return deed


def _dead(is_dead: bool) -> Deed:
    return lambda stage: setattr(stage, "receiver_is_dead", is_dead)


def _pace(a_second: float) -> Deed:
    return lambda stage: setattr(stage, "a_second", a_second)


FAULTS = (
    Fault("The server stops", "Valkey is stopped (SIGSTOP): it neither answers nor ends.", 40,
          _server(signal.SIGSTOP), _server(signal.SIGCONT)),
    Fault("The scorer is broken", "The scorer raises for every text.", 40,
          lambda stage: stage.flag.touch(), lambda stage: stage.flag.unlink()),
    Fault("The callback endpoint is dead", "The receiver answers 503 to every callback.", 75,
          _dead(True), _dead(False)),
    Fault("The queue is flooded", "150 comments a second come in; the worker scores about 50, and "
          "400 may wait.", 45, _pace(150), _pace(_A_SECOND)),
    Fault("The worker hangs", "The only worker is stopped (SIGSTOP).", 150,
          lambda stage: stage.signal_role("worker", signal.SIGSTOP),
          lambda stage: stage.signal_role("worker", signal.SIGCONT)),
)  # fmt: skip


async def _play(stage: Stage, watch: Watch, fault: Fault) -> faults_page.Played:
    already = await watch.firing()
    click.echo(f"{fault.name} … (firing before: {', '.join(sorted(already)) or 'nothing'})")
    first, began = len(watch.notices), time.monotonic()
    answers = dict(stage.answers)
    fault.begin(stage)
    await asyncio.sleep(fault.lasts_s)
    fault.end(stage)
    ended = time.monotonic()
    await _quiet(watch)
    given = {
        status: count - answers.get(status, 0)
        for status, count in sorted(stage.answers.items())
        if count > answers.get(status, 0)
    }
    notices = watch.notices[first:]
    played = faults_page.Played(
        fault.name, fault.what, fault.lasts_s, began, ended, notices, sorted(already), given
    )
    for line in played.lines():
        click.echo(f"  {line}")
    return played


async def _quiet(watch: Watch) -> None:
    """Wait until nothing fires that pages, or as long as makes sense."""
    deadline = time.monotonic() + _QUIET_S
    slow = {"ErrorBudgetBurn3x", "ErrorBudgetBurn1x", "HeldRateShift"}
    while await watch.firing() - slow and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(1)
    await asyncio.sleep(8)


async def _all(directory: Path, only: tuple[str, ...]) -> list[faults_page.Played]:
    site, flag = Site.fresh("demo"), directory / "broken"
    os.environ |= {"PYTHONPATH": str(_ROOT), FLAG: str(flag)}
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    deployment = _deployment(directory, site, origin)
    stage = Stage(deployment, site, flag, origin)
    app = web.Application()
    app.router.add_post("/hook", stage.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        await deployment.start()
        ops = {role.name.partition("-")[0]: role._ops for role in deployment.roles}
        targets = {job: address.removeprefix("http://") for job, address in ops.items()}
        async with watching(directory, targets, FACTOR) as watch:
            sending = asyncio.create_task(stage.send())
            try:
                await asyncio.sleep(_HEALTHY_S)
                chosen = [f for f in FAULTS if not only or any(o in f.name for o in only)]
                return [await _play(stage, watch, fault) for fault in chosen]
            finally:
                sending.cancel()
                await asyncio.wait([sending])
    finally:
        await deployment.stop()
        await runner.cleanup()


def _deployment(directory: Path, site: Site, origin: str) -> Deployment:
    scorer = "python:tests.ops.breaking_scorer:make"
    deployment = Deployment(directory, site, origin, workers=1, scorer=scorer)
    (directory / "policies").mkdir()
    (directory / "policies/default.toml").write_text(_POLICY)
    path = directory / "moderation.toml"
    path.write_text(f'policies_dir = "{directory}/policies"\n{path.read_text()}{_SETTINGS}')
    return deployment


@click.command()
@click.argument("only", nargs=-1)
def main(only: tuple[str, ...]) -> None:
    """Play the faults whose names hold one of ONLY, or all, and then write the page."""
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="moderation-faults-") as directory:
        played = uvloop.run(_all(Path(directory), only))
    if not only:
        faults_page.PAGE.write_text(faults_page.text(played, began, FACTOR))
        click.echo(f"written: {faults_page.PAGE}")


if __name__ == "__main__":
    main()
