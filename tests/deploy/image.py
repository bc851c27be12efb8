"""The Dockerfile's steps, executed one after the other in copies of a clean root.

Enough of a builder for this one file: an instruction that it does not know is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from tests.deploy import clean_root
from tests.deploy.clean_root import Config
from tests.deploy.dockerfile import DOCKERFILE, Stage, Step, stages

#: How this machine reaches its package index: certificates, and folders with wheels.
_SHARED = ("/etc/ssl/certs", "/etc/pip.conf", "/opt/wheels")
_SAYS_NOTHING = {"VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


class Builder:
    """Builds stages under `directory` from the root at `base`; `arguments` are build arguments."""

    def __init__(
        self, directory: Path, base: Path, arguments: dict[str, str], say: Callable[[str], None]
    ) -> None:
        self._directory = directory
        self._base = base
        self._arguments = arguments
        self._say = say
        self._stages = stages()
        self._configs: dict[str, Config] = {}
        self._context = directory / "context"
        _copy_context(self._context)

    def root(self, name: str) -> Path:
        """Return where the tree of a stage is."""
        return self._directory / name

    def build(self, name: str) -> Config:
        """Build a stage, those before it first; return how it is run."""
        if name in self._configs:
            return self._configs[name]
        stage = self._stages[name]
        config = deepcopy(self.build(stage.parent)) if stage.parent in self._stages else Config()
        source = self.root(stage.parent) if stage.parent in self._stages else self._base
        self._say(f"FROM {stage.parent} AS {name}")
        subprocess.run(["cp", "-a", "--reflink=auto", source, self.root(name)], check=True)
        self._run_steps(stage, config)
        self._configs[name] = config
        return config

    def _run_steps(self, stage: Stage, config: Config) -> None:
        known: dict[str, str] = {}
        for step in stage.steps:
            self._say(f"{step.name} {step.value}")
            if step.name == "ARG":
                known |= {
                    name: self._arguments.get(name, value)
                    for name, value in step.pairs(config.env).items()
                }
            elif step.name == "ENV":
                config.env |= step.pairs(config.env)
            elif step.name == "WORKDIR":
                config.workdir = step.value
                (self.root(stage.name) / step.value.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step.name == "USER":
                config.user = step.value
            elif step.name == "COPY":
                self._copy(stage, config, step)
            elif step.name == "RUN":
                self._run(stage, config, known, step)
            elif step.name not in _SAYS_NOTHING:
                raise ValueError(f"{step.name} is not known here")

    def _run(self, stage: Stage, config: Config, known: dict[str, str], step: Step) -> None:
        building = deepcopy(config)
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        building.env |= known | pip
        clean_root.build(self.root(stage.name), building, ["sh", "-c", step.value], _SHARED)

    def _copy(self, stage: Stage, config: Config, step: Step) -> None:
        words = step.words()
        source_root = self._context
        if words[0].startswith("--from="):
            name = words.pop(0).removeprefix("--from=")
            self.build(name)
            source_root = self.root(name)
        *sources, given = words
        target = self.root(stage.name) / os.path.join(config.workdir, given).lstrip("/")
        for source in sources:
            path = source_root / source.lstrip("/")
            if path.is_dir():
                subprocess.run(["cp", "-a", "--reflink=auto", "-T", path, target], check=True)
            else:
                folder = target if given.endswith("/") else target.parent
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target / path.name if given.endswith("/") else target)


def _copy_context(context: Path) -> None:
    """Copy what .dockerignore lets through."""
    context.mkdir(parents=True)
    for line in (DOCKERFILE.parent / ".dockerignore").read_text().splitlines():
        if not line.startswith("!"):
            continue
        source, target = DOCKERFILE.parent / line[1:], context / line[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
