"""The Dockerfile: linted, and what it promises of the image that it would make.

That its steps work is proved by `python -m tests.deploy`, which takes minutes.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.deploy.dockerfile import DOCKERFILE, Stage, lineage, stages

_ROOT = DOCKERFILE.parent
_TARGETS = ("service", "detoxify")


def steps(target: str, name: str) -> list[str]:
    return [
        step.value
        for stage in lineage(stages(), target)
        for step in stage.steps
        if step.name == name
    ]


def test_the_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_what_is_built_without_a_name_is_the_service() -> None:
    assert list(stages())[-1] == "service"


@pytest.mark.parametrize("target", _TARGETS)
def test_it_runs_as_nobody_of_the_system_and_asks_itself_how_it_is(target: str) -> None:
    assert steps(target, "USER") == ["10001:10001"]
    assert len(steps(target, "HEALTHCHECK")) == 1
    assert steps(target, "HEALTHCHECK")[0].endswith('CMD ["moderation", "health"]')
    assert steps(target, "ENTRYPOINT") == ['["moderation"]']


@pytest.mark.parametrize("target", _TARGETS)
def test_nothing_that_builds_is_in_it(target: str) -> None:
    runs = " ".join(steps(target, "RUN"))
    assert "pip" not in runs
    assert "apt" not in runs


def _installs(stage: Stage) -> list[str]:
    commands = [step.value for step in stage.steps if step.name == "RUN"]
    return [part for run in commands for part in run.split("&&") if " install " in part]


def test_each_package_is_locked_by_its_hash_but_torch() -> None:
    installs = [one for name in ("build", "build-detoxify") for one in _installs(stages()[name])]
    free = [one for one in installs if "--require-hashes" not in one]
    assert len(installs) == 4
    assert all("--no-deps" in one for one in free)
    assert [one.split()[-1] for one in free] == [".", '"$TORCH"']
    pinned = next(step.value for step in stages()["build-detoxify"].steps if step.name == "ARG")
    makefile = (_ROOT / "Makefile").read_text()
    trained = re.search(r"^TORCH_PACKAGE \?= (\S+)$", makefile, re.MULTILINE)
    assert trained
    assert pinned == f"TORCH={trained[1]}+cpu"


def test_the_context_holds_what_is_copied_and_no_data() -> None:
    allowed = {
        line.removeprefix("!")
        for line in (_ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        source.rstrip("/")
        for stage in stages().values()
        for step in stage.steps
        if step.name == "COPY" and not step.value.startswith("--from")
        for source in step.words()[:-1]
    }
    assert copied == allowed
    assert all((_ROOT / source).exists() for source in copied)
    assert "data" not in allowed


def _locked(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    text = (_ROOT / "requirements" / name).read_text()
    for package, version in re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE):
        found[package].add(version)
    return found


def test_the_image_has_what_the_tests_have_and_what_sends_traces() -> None:
    service, image, dev = _locked("run.txt"), _locked("image.txt"), _locked("dev.txt")
    assert {name: image.get(name) for name in service} == service
    added = image.keys() - service.keys()
    assert "opentelemetry-exporter-otlp-proto-http" in added
    assert [name for name in added if name in dev and image[name] != dev[name]] == []


def test_what_detoxify_adds_changes_nothing_that_the_service_has() -> None:
    service, added = _locked("image.txt"), _locked("detoxify.txt")
    both = service.keys() & added.keys()
    assert {"aiohttp", "numpy", "redis"} <= both
    assert [one for one in both if service[one] != added[one]] == []
    assert "detoxify" in added
    assert not [one for one in added if one == "torch" or one.startswith(("nvidia", "triton"))]
