"""The file in which comparisons with Perspective are kept: lines that are added, up to a size.

It holds scores and counts and is readable by its owner only. Nothing waits for the disk: a power
cut may take the last lines, and costs a comparison, never a decision.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from moderation.domain.perspective_pair import Calls, Pair


class PairFile:
    """Adds to a file; a later one goes on where an earlier one ended.

    `most_bytes`: pairs that would make it longer are left out; counts are few, and always written.
    Raises OSError when the file can't be opened or written.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o600), "ab+", buffering=0)
        self._size = self._file.seek(0, os.SEEK_END)
        self._end_torn_line()

    def _end_torn_line(self) -> None:
        if self._size:
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._write(b"\n")

    def add(self, pairs: Sequence[Pair]) -> int:
        """Add pairs and return how many there was room for."""
        lines = [pair.line().encode() for pair in pairs]
        room = self._most_bytes - self._size
        fitting = 0
        for line in lines:
            room -= len(line)
            if room < 0:
                break
            fitting += 1
        self._write(b"".join(lines[:fitting]))
        return fitting

    def count(self, calls: Calls) -> None:
        """Add counts."""
        self._write(calls.line().encode())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, lines: bytes) -> None:
        if lines:
            self._file.write(lines)
            self._size += len(lines)
