"""The plugin's zip is what was written, and PHP and its coding standard have nothing against it."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.requirements import require

_ROOT = Path(__file__).parents[2]
_PLUGIN = _ROOT / "deploy/wordpress/comment-moderation"


def test_the_zip_is_the_same_twice_and_has_all_files(tmp_path: Path) -> None:
    zips = [tmp_path / name for name in ("one.zip", "two.zip")]
    for target in zips:
        command = [sys.executable, "-m", "deploy.wordpress", str(target)]
        done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
        assert done.stdout.strip() == str(target)
    assert zips[0].read_bytes() == zips[1].read_bytes()
    with zipfile.ZipFile(zips[0]) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    files = (path for path in _PLUGIN.rglob("*") if path.is_file())
    assert found == {str(path.relative_to(_PLUGIN.parent)): path.read_bytes() for path in files}


def test_php_reads_it() -> None:
    for file in _PLUGIN.rglob("*.php"):
        command = [require("php"), "-d", "error_reporting=-1", "-l", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_it_keeps_to_the_coding_standard() -> None:
    standard = _PLUGIN.parent / "phpcs.xml"
    command = [require("phpcs"), "-q", f"--standard={standard}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_printed_is_escaped_and_no_file_runs_by_itself() -> None:
    for file in _PLUGIN.rglob("*.php"):
        text = file.read_text()
        assert re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", text), file
        for shown in re.findall(r"^\s*echo (.*);$", text, re.MULTILINE):
            pieces = re.sub(r"'(?:[^'\\]|\\.)*'", "", shown).split(" . ")
            for piece in filter(None, (piece.strip() for piece in pieces)):
                assert piece.startswith("esc_"), f"{file.name}: {shown}"
