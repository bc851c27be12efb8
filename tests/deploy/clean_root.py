"""A clean root that stands for the base image, and commands that run in one.

Debian's own packages of the same Python, by debootstrap: the base image cannot be had without a
registry. Needs root. What runs sees its own processes only, and where it is told so no network.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: A stage being built reaches the package index as this machine does; a container reaches nothing.
_BUILD = """
for shared in {shared}; do
  [ -e "$shared" ] || continue
  if [ -d "$shared" ]; then mkdir -p {root}"$shared"; else : > {root}"$shared"; fi
  mount --bind "$shared" {root}"$shared"
done
"""
_CONTAINER = """
mount -o remount,bind,ro {root}
mount --bind {volume} {root}/data
ip link set lo up
"""


@dataclass
class Config:
    """What an image says of how it is run."""

    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    user: str = ""
    workdir: str = "/"

    def command(self, words: Sequence[str]) -> str:
        """Return a shell line that runs `words` so, without a right that the user hasn't."""
        rights = ""
        if self.user:
            uid, _, gid = self.user.partition(":")
            rights = (
                f"setpriv --reuid {uid} --regid {gid} --clear-groups --no-new-privs "
                "--inh-caps=-all --bounding-set=-all "
            )
        pairs = shlex.join(f"{name}={value}" for name, value in self.env.items())
        run = f"cd {self.workdir} && exec {rights}env -i {pairs} {shlex.join(words)}"
        return shlex.join(["sh", "-ec", run])


def make(directory: Path, suite: str) -> None:
    """Fill `directory` with Debian `suite` and its Python, called `python` as in the base image."""
    sites = subprocess.check_output(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], text=True
    )
    mirror = next(site for site in sites.split() if site.rstrip("/").endswith("/debian"))
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", suite, directory, mirror],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (directory / "usr/local/bin/python").symlink_to("/usr/bin/python3")


def build(root: Path, config: Config, words: Sequence[str], shared: Sequence[str]) -> None:
    """Run one step of a build in `root`; `shared`: what of this machine it may see."""
    lines = _BUILD.format(root=root, shared=shlex.join(shared) or "/nonexistent")
    subprocess.run(_entered(root, config, words, lines), check=True)


def container(root: Path, config: Config, words: Sequence[str], volume: Path) -> list[str]:
    """Return the command of a container: `root` read-only but for /data, no network but its own.

    It is the first process of its own namespace, as an engine would start it.
    """
    return _entered(root, config, words, _CONTAINER.format(root=root, volume=volume), "--net")


def inside(pid: int, root: Path, config: Config, words: Sequence[str]) -> list[str]:
    """Return the command that runs `words` in the container whose first process is `pid`."""
    enter = ["nsenter", f"--target={pid}", "--mount", "--net", "--pid"]
    return [*enter, "sh", "-c", f"exec chroot {root} {config.command(words)}"]


def _entered(
    root: Path, config: Config, words: Sequence[str], mounts: str, *spaces: str
) -> list[str]:
    script = (
        f"set -e\nmount --bind {root} {root}\nmount -t proc proc {root}/proc\n"
        f"mount --rbind /dev {root}/dev\n{mounts}\nexec chroot {root} {config.command(words)}"
    )
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", *spaces, "sh", "-c", script]
