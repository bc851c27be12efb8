"""Build what is loaded into a server (`disk.c`, `clock.c`), where there is a C compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_HERE = Path(__file__).parent


class NotPossibleError(RuntimeError):
    """This machine lacks what a proof needs; the message says what."""


def built(name: str, directory: Path) -> Path:
    """Compile `NAME.c` into `directory` and return the library. Raises NotPossibleError."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotPossibleError("no C compiler (cc, gcc) is installed")
    library = directory / f"{name}.so"
    source = str(_HERE / f"{name}.c")
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *flags, "-o", str(library), source, "-ldl"], check=True)
    return library
