"""Become another program that does not outlive the parent: run as a script, never imported.

    python -I -S bound_child.py PARENT_PID PROGRAM [ARGUMENT …]

A script between fork and exec, because `preexec_fn` may deadlock in a parent with threads. The
kernel ties the child to the *thread* that forked it, so the parent starts it from the main thread.
Off Linux there is no such tie and the program simply runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Tie this process to its parent and become the program."""
    parent, program, *arguments = sys.argv[1:]
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):  # it died before the tie held
            sys.exit(1)
    os.execv(program, [program, *arguments])  # noqa: S606


if __name__ == "__main__":
    main()
