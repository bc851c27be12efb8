"""`python -m tests.deploy [TARGET]`: the image's steps in a clean root, and what they make, run.

No engine is needed, hence none is tested: this shows that the steps work and that the result serves
as another user over a read-only tree without a network. Needs root and debootstrap.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from tests.deploy import clean_root
from tests.deploy.container import Container
from tests.deploy.dockerfile import Step, lineage, stages
from tests.deploy.image import Builder

_TINY = Path(__file__).parents[1] / "fakes/tiny_detoxify.py"

Say = Callable[[str], None]


@click.command()
@click.argument("target", type=click.Choice(["service", "detoxify"]), default="service")
@click.option("--suite", default="trixie", show_default=True, help="the Debian that stands below")
@click.option("--base", type=click.Path(path_type=Path), help="a root that debootstrap made before")
@click.option("--build-arg", "arguments", multiple=True, metavar="NAME=VALUE")
@click.option("--keep", type=click.Path(path_type=Path), help="where to leave what was built")
def main(
    *, target: str, suite: str, base: Path | None, arguments: tuple[str, ...], keep: Path | None
) -> None:
    """Build TARGET and run it."""
    directory = (keep or Path(tempfile.mkdtemp(prefix="moderation-image-"))).absolute()
    directory.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - began:6.1f} s  {line}")

    try:
        if base is None:
            base = directory / "debian"
            say(f"debootstrap {suite}, in the place of the base image")
            clean_root.make(base, suite)
        builder = Builder(directory, base, dict(one.split("=", 1) for one in arguments), say)
        config = builder.build(target)
        root = builder.root(target)
        added = ["du", "-sm", root / "opt/moderation"]
        say(f"{subprocess.check_output(added, text=True).split()[0]} MB in /opt/moderation")
        container = Container(root, config, directory / "volume")
        if target == "detoxify":
            config.env["MODERATION_SCORER__SPEC"] = _local_checkpoint(container, directory)
        prove(target, container, say)
    finally:
        if keep is None:
            shutil.rmtree(directory)


def _local_checkpoint(container: Container, directory: Path) -> str:
    """Have the image's own libraries make a tiny checkpoint in the volume; return its name.

    There is no network for a published one.
    """
    shutil.copy(_TINY, directory / "volume")
    making = "import pathlib, tiny_detoxify; tiny_detoxify.build(pathlib.Path('/data/tiny'))"
    with container.started(["python", "-c", making]) as running:
        status = running.wait(120)
    assert status == 0, "the checkpoint could not be made"
    return "detoxify:/data/tiny/tiny.ckpt@/data/tiny"


def prove(target: str, container: Container, say: Say) -> None:
    """Run the built target, use it, stop it, and run it again over the same volume."""
    found = stages()
    last: dict[str, Step] = {
        step.name: step for stage in lineage(found, target) for step in stage.steps
    }
    command = [*last["ENTRYPOINT"].words(), *last["CMD"].words()]
    health = Step("CMD", last["HEALTHCHECK"].value.partition("CMD ")[2]).words()
    with container.started(command) as running:
        container.wait_until(*health)
        container.wait_until("moderation", "health", "startupz")
        say("healthy and started")
        _is_shut_in(container, say)
        made = container.ask("/v1/comments", {"text": "What a lovely day"})
        assert made["status"] == "decided", made
        assert made["model"], made
        say(f"a comment was decided: {made['decision']} by {made['model']['name']}")
        status = container.stop(running)
        assert status == 0, status
        say("stopped with status 0")
    with container.started(command):
        container.wait_until("moderation", "health", "readyz")
        again = container.ask(f"/v1/comments/{made['id']}")
        assert (again["version"], again["decision"]) == (made["version"], made["decision"])
        say("started again: the comment and its decision are there")


def _is_shut_in(container: Container, say: Say) -> None:
    """Check user, rights, what can be written and what can be reached."""
    first = container.status_of_first()
    assert first["Uid"].split() == ["10001"] * 4, first["Uid"]
    assert (int(first["CapEff"], 16), first["NoNewPrivs"]) == (0, "1"), first
    for path in ("/opt/moderation/x", "/etc/x", "/tmp/x"):
        assert container.run("touch", path).returncode, f"{path} could be written"
    assert container.run("touch", "/data/x").returncode == 0
    routes = container.run("cat", "/proc/1/net/route").stdout.splitlines()
    assert len(routes) == 1, routes
    say("as user 10001 without a capability; nothing but /data can be written; no way out")


if __name__ == "__main__":
    main()
