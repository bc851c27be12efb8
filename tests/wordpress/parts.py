"""WordPress itself, from Debian's packages, and SQLite under it, from npm's: fetched once."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from tests.requirements import require, skip_or_fail

_ROOT = Path(__file__).parents[2] / "build" / "wordpress"
_PACKAGES = ("wordpress", "libjs-underscore", "libjs-cropper", "php-getid3")
_SQLITE = "@wp-playground/cli@3.1.56"
_SQLITE_SHA512 = (
    "JTxl6djPEM2YRYz/w+BUoyoCvhSGHIjqMi4fMV1b8o1UPNvZatLaS7opo57UsrVElXrfdZwvi6IuyS4LswUx9Q=="
)
#: What php has to know, by the names of `php -m`.
_MODULES = {"pdo_sqlite", "curl", "mbstring", "dom"}
_CONFIG = Path(__file__).with_name("wp-config.php")


def php() -> str:
    """Return where a PHP is that runs WordPress, else skip or fail."""
    command = require("php")
    known = subprocess.run([command, "-m"], check=True, capture_output=True, text=True).stdout
    if missing := _MODULES - set(known.lower().split()):
        skip_or_fail(f"php has no {', '.join(sorted(missing))}")
    return command


def fetched() -> tuple[Path, Path]:
    """Return the folders of WordPress, ready to be served, and of the SQLite drop-in."""
    www, sqlite = _ROOT / "www", _ROOT / "sqlite"
    if not (_ROOT / ".whole").exists():
        shutil.rmtree(_ROOT, ignore_errors=True)
        _ROOT.mkdir(parents=True)
        _unpack_wordpress(www)
        _unpack_sqlite(sqlite)
        (_ROOT / ".whole").touch()
    shutil.copy(_CONFIG, www / "wp-config.php")
    return www, sqlite


def _unpack_wordpress(www: Path) -> None:
    if os.geteuid() == 0:
        _run([require("apt-get"), "update", "-qq"])  # lists may be old, or not there at all
    _run([require("apt-get"), "download", *_PACKAGES])
    debs, tree = sorted(_ROOT.glob("*.deb")), _ROOT / "tree"
    for deb in debs:
        _run([require("dpkg-deb"), "-x", str(deb), str(tree)])
        deb.unlink()
    # Debian's WordPress leads to its own folders and to other packages by links.
    source = tree / "usr/share/wordpress"
    shutil.copytree(source, www, ignore_dangling_symlinks=True)
    # Without MySQL it looks here for a drop-in before it looks where its content is.
    (www / "wp-content/db.php").touch()
    shutil.rmtree(tree)


def _unpack_sqlite(sqlite: Path) -> None:
    _run([require("npm"), "pack", "--silent", _SQLITE])
    (packed,) = _ROOT.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    assert digest == _SQLITE_SHA512, "the package is another one than was read here"
    with tarfile.open(packed) as package:
        (name,) = (
            one for one in package.getnames() if one.endswith("/sqlite-database-integration.zip")
        )
        content = package.extractfile(name)
        assert content
        zipfile.ZipFile(io.BytesIO(content.read())).extractall(_ROOT)
    (_ROOT / "plugin-sqlite-database-integration").rename(sqlite)
    packed.unlink()
    # Written for WordPress 6.4 and later: before, wpdb has no such property to be kept the same.
    database = sqlite / "wp-includes/sqlite/class-wp-sqlite-db.php"
    lines = database.read_text().splitlines(keepends=True)
    kept = (line for line in lines if "$property->setValue" not in line)
    name = "$allow_unsafe_unquoted_parameters = true"
    database.write_text("".join(kept).replace(f"private {name}", f"public {name}"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        skip_or_fail(f"WordPress can't be fetched: {done.stderr.strip()[-300:]}")
