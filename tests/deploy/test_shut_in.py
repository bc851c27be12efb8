"""What the units forbid, tried on the service itself: memory that runs, and calls of the kernel."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen

import psutil

from tests.deploy.dockerfile import DOCKERFILE
from tests.deploy.test_systemd import DIRECTORY, DROP_IN
from tests.requirements import require, skip_or_fail
from tests.servers import free_port

ROOT = DOCKERFILE.parent
_REFUSED = 9


def test_the_shipped_model_scores_where_no_memory_becomes_executable() -> None:
    """What MemoryDenyWriteExecute asks of the kernel, asked by a process itself."""
    refusing = (
        "import ctypes, os, sys; "
        f"sys.exit({_REFUSED}) if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) else "
        "os.execv(sys.executable, [sys.executable, '-m', 'moderation', 'score'])"
    )
    given = json.dumps({"text": "you are an idiot"}) + "\n"
    done = subprocess.run(
        [sys.executable, "-c", refusing],
        input=given, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode == _REFUSED:
        skip_or_fail("this kernel cannot refuse a process executable memory (Linux 6.3)")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scores"]["insult"] > 0.5


@cache
def _calls(group: str) -> frozenset[str]:
    """Return the calls of one of systemd's groups, those of its own groups among them."""
    listed = [require("systemd-analyze"), "syscall-filter", group]
    lines = subprocess.check_output(listed, text=True).splitlines()[1:]
    names = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    inner = [_calls(name) for name in names if name.startswith("@")]
    return frozenset(name for name in names if not name.startswith("@")).union(*inner)


def allowed() -> frozenset[str]:
    """Return the calls that the units leave, as systemd reads their filters."""
    shared = (DIRECTORY / DROP_IN).read_text()
    filters = re.findall(r"^SystemCallFilter=(~?)(@\S+)$", shared, re.MULTILINE)
    assert [sign for sign, _ in filters] == ["", "~"]
    (_, given), (_, taken) = filters
    return _calls(given) - _calls(taken)


@contextmanager
def _traced(directory: Path) -> Iterator[tuple[int, Path]]:
    """Run everything with each call written down; yield the API's port and where they stand."""
    calls, api, ops = directory / "calls", free_port(), free_port()
    words = ["serve", "--data", directory / "data", "--port", str(api), "--ops-port", str(ops)]
    command = [require("strace"), "-f", "-qq", "-o", calls, sys.executable, "-m", "moderation"]
    with (directory / "log").open("wb") as log:
        running = subprocess.Popen([*command, *words], cwd=ROOT, stdout=log, stderr=log)
    try:
        probe = [sys.executable, "-m", "moderation", "health", "startupz", "--ops-port", str(ops)]
        for _ in range(60):
            if subprocess.run(probe, cwd=ROOT, capture_output=True, check=False).returncode == 0:
                break
        yield api, calls
        psutil.Process(running.pid).children()[0].send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        if running.poll() is None:
            os.kill(psutil.Process(running.pid).children()[0].pid, signal.SIGKILL)
            running.wait()


def test_the_service_makes_no_call_that_the_units_forbid(tmp_path: Path) -> None:
    permitted = allowed()
    assert {"read", "futex"} <= permitted
    assert not {"chown", "mount", "ptrace"} & permitted
    with _traced(tmp_path) as (api, calls):
        key = json.loads((tmp_path / "data/credentials.json").read_text())["api_key"]
        sent = _post(f"http://127.0.0.1:{api}/v1/comments", key, {"text": "you are an idiot"})
        assert sent["decision"] == "hold"
    made = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", calls.read_text(errors="replace"), re.MULTILINE))
    assert {"execve", "fdatasync"} <= made  # the server's too
    assert made - permitted == set()


def _post(url: str, key: str, body: dict[str, str]) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=5"}
    headers["Content-Type"] = "application/json"
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=60) as response:
        answer: dict[str, str] = json.loads(response.read())
    return answer
