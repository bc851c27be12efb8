"""What was built, run as an engine would: its own user, a read-only tree, a volume, no network."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.deploy import clean_root
from tests.deploy.clean_root import Config

_STARTED_S = 120
#: Asks the service from inside its container, with the key that its first start made.
_CLIENT = """
import json, sys, urllib.request
key = json.load(open("/data/credentials.json"))["api_key"]
path, body = sys.argv[1], sys.argv[2].encode() or None
headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json", "Prefer": "wait=5"}
request = urllib.request.Request("http://127.0.0.1:8080" + path, body, headers)
print(urllib.request.urlopen(request, timeout=20).read().decode())
"""


class Container:
    """A built root with a volume at /data; `started` runs it, the volume stays."""

    def __init__(self, root: Path, config: Config, volume: Path) -> None:
        self._root = root
        self._config = config
        self._volume = volume
        self._pid = 0
        volume.mkdir(mode=0o700, exist_ok=True)
        subprocess.run(["chown", config.user, volume], check=True)

    @contextmanager
    def started(self, words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        """Run `words` as the first process; kill it at the end if it is there."""
        command = clean_root.container(self._root, self._config, words, self._volume)
        with (self._volume.parent / "container.log").open("ab") as log:
            running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self._pid = _first_child(running)
            yield running
        finally:
            if running.poll() is None:
                running.kill()  # and, by --kill-child, all that it started
                running.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the first process; return its status and what it printed."""
        command = clean_root.inside(self._pid, self._root, self._config, words)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def wait_until(self, *words: str) -> None:
        """Wait until a command's status is 0."""
        deadline = time.monotonic() + _STARTED_S
        while (tried := self.run(*words)).returncode:
            assert Path(f"/proc/{self._pid}").exists(), "the container ended"
            assert time.monotonic() < deadline, tried.stderr
            time.sleep(0.5)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API from inside and return its answer."""
        sent = json.dumps(body) if body else ""
        called = self.run("python", "-c", _CLIENT, path, sent)
        assert called.returncode == 0, called.stderr
        answer: dict[str, Any] = json.loads(called.stdout)
        return answer

    def status_of_first(self) -> dict[str, str]:
        """Return what the kernel says of the first process."""
        lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self, running: subprocess.Popen[bytes]) -> int:
        """Stop it as an engine does, by SIGTERM to the first process; return its status."""
        subprocess.run(["kill", f"-{signal.SIGTERM.value}", str(self._pid)], check=True)
        return running.wait(60)


def _first_child(running: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    for _ in range(500):
        assert running.poll() is None, "the container did not start"
        with suppress(IndexError):
            return int(children.read_text().split()[0])
        time.sleep(0.02)
    raise AssertionError("the container has no process")
