"""The disk under a server: what of each file a power cut leaves, and the cut itself.

Names and renames count as kept, as on a journalling filesystem; of a file only what was synced.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.proofs.preload import built


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut took: bytes, and since when (monotonic seconds) their file was not synced.

    `torn` bytes of the unsynced were left, as of a write that the cut met halfway.
    """

    bytes_gone: int
    torn: int
    synced_at: float


class Disk:
    """The directory `data` on a disk that `disk.c` plays; `environ` is for the server."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self._notes = directory / "disk.notes"
        self._stall = directory / "disk.stall"
        self._full = directory / "disk.full"
        self.environ = {
            "LD_PRELOAD": str(built("disk", directory)),
            "DISK_NOTES": str(self._notes),
            "DISK_STALL": str(self._stall),
            "DISK_FULL": str(self._full),
        }

    def stall(self) -> None:
        """From now on no sync ends."""
        self._stall.touch()

    def fill(self) -> None:
        """From now on a write gets halfway."""
        self._full.touch()

    def empty(self) -> None:
        """There is room again."""
        self._full.unlink()

    def cut(self, *, torn_share: float) -> Cut:
        """Take from each file what was not synced; its server is dead already.

        `torn_share` of the last file's unsynced bytes stay: the disk was at them.
        """
        synced = self._synced()
        gone = torn = 0
        since = [time.monotonic()]
        for path in sorted((self.data / "appendonlydir").iterdir(), key=os.path.getmtime):
            kept, at = synced[path.stat().st_ino]  # each was noted when it was made
            size = path.stat().st_size
            if size > kept:
                torn = int((size - kept) * torn_share)
                gone += size - kept - torn
                since.append(at)
                os.truncate(path, kept + torn)
        self._stall.unlink(missing_ok=True)
        return Cut(gone, torn, min(since))

    def _synced(self) -> dict[int, tuple[int, float]]:
        """Return by inode how much was synced last, and when that sync began (seconds)."""
        notes = (line.split() for line in self._notes.read_text().splitlines())
        return {int(inode): (int(size), int(at) / 1e9) for inode, size, at in notes}
