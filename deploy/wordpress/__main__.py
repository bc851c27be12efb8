"""Make the plugin's zip, the same files the same bytes: `python -m deploy.wordpress [FILE]`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

_PLUGIN = Path(__file__).with_name("comment-moderation")
_DEFAULT = Path("build/comment-moderation.zip")
#: The earliest that a zip can say: when a file was checked out is nobody's concern.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def write(target: Path) -> None:
    """Write the zip that WordPress' page for plugins takes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in _PLUGIN.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(_PLUGIN.parent)), _TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _MODE
            archive.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else _DEFAULT
    write(chosen)
    sys.stdout.write(f"{chosen}\n")
