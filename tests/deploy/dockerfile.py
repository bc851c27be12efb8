"""A Dockerfile as its stages and their steps, read by `dockerfile-parse`; it executes nothing."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from string import Template

from dockerfile_parse import DockerfileParser

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


@dataclass(frozen=True)
class Step:
    """One instruction: its name, and what follows it with line ends taken out."""

    name: str
    value: str

    def words(self) -> list[str]:
        """Return the arguments, from either form."""
        if self.value.startswith("["):
            words: list[str] = json.loads(self.value)
            return words
        return shlex.split(self.value)

    def pairs(self, known: dict[str, str]) -> dict[str, str]:
        """Return `NAME=value …` with the variables that are known filled in."""
        pairs = (word.partition("=") for word in self.words())
        return {name: Template(value).safe_substitute(known) for name, _, value in pairs}


@dataclass(frozen=True)
class Stage:
    """One `FROM`: the stage or image that it is made from, and its steps."""

    name: str
    parent: str
    steps: list[Step] = field(default_factory=list)

    def last(self, instruction: str) -> Step | None:
        """Return the instruction that counts where it stands more than once."""
        return next((step for step in reversed(self.steps) if step.name == instruction), None)


def stages(path: Path = DOCKERFILE) -> dict[str, Stage]:
    """Return the stages by name, in their order."""
    parser = DockerfileParser(fileobj=BytesIO(path.read_bytes()))
    found: dict[str, Stage] = {}
    for line in parser.structure:
        step = Step(line["instruction"], line["value"])
        if step.name == "FROM":
            parent, _, name = step.value.partition(" AS ")
            stage = found[name] = Stage(name or str(len(found)), parent)
        elif step.name != "COMMENT":
            stage.steps.append(step)
    return found


def lineage(found: dict[str, Stage], target: str) -> list[Stage]:
    """Return a stage after those that it is made from."""
    stage = found[target]
    return [*(lineage(found, stage.parent) if stage.parent in found else ()), stage]
