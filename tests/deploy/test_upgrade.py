"""Two versions side by side: each finds its own scripts on the server, by their hashes."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from tests.deploy.rolling import ROOT, Rolling, hashes
from tests.servers import redis_server


def another_version(directory: Path) -> Path:
    """Copy the package, with a line more in what all scripts share."""
    ignored = shutil.ignore_patterns("models", "__pycache__")
    shutil.copytree(ROOT / "moderation", directory / "moderation", ignore=ignored)
    (directory / "moderation/models").symlink_to(ROOT / "moderation/models")
    (directory / "config").symlink_to(ROOT / "config")
    common = directory / "moderation/store/lua/common.lua"
    common.write_text(common.read_text() + "\n-- another version\n")
    return directory


async def test_an_upgrade_and_the_way_back_lose_and_repeat_nothing(tmp_path: Path) -> None:
    old = another_version(tmp_path / "old")
    before, after = hashes(old), hashes(ROOT)
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    (tmp_path / "server").mkdir()
    with redis_server(tmp_path / "server", appendfsync="always") as port:
        rolling = Rolling(tmp_path, f"redis://127.0.0.1:{port}", old)
        found = await rolling.run()
        with redis.Redis(port=port) as server:
            for version in (before, after):
                used = [version[name] for name in ("accept", "take", "record")]
                assert server.script_exists(*used) == [True] * 3
    assert len(set(rolling.sent)) == len(rolling.sent) == len(found)
    assert {(one["revision"], one["version"]) for one in found} == {(1, 2)}
