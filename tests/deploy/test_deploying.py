"""docs/deploying.md: what it tells to type makes what the files need."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from moderation.configuration import load
from tests.deploy import test_compose
from tests.deploy.dockerfile import DOCKERFILE

DOCS = DOCKERFILE.parent / "docs"


def test_its_secrets_are_those_that_compose_mounts(tmp_path: Path) -> None:
    text = (DOCS / "deploying.md").read_text()
    block = re.search(r"<!-- secrets -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert block
    (tmp_path / "deploy").mkdir()
    subprocess.run(["sh", "-euc", block[1]], cwd=tmp_path, check=True)
    made = tmp_path / "deploy/secrets"
    assert made.stat().st_mode & 0o777 == 0o700
    mounted = {name for one in test_compose.services().values() for name in one.get("secrets", ())}
    assert {path.name for path in made.iterdir()} == mounted
    settings = load(made / "moderation.toml", {})
    assert settings.redis_url
    password = (made / "valkey.conf").read_text().split()[1]
    assert settings.redis_url.get_secret_value() == f"redis://:{password}@valkey:6379/0"
    assert settings.sites["main"].callback_secrets


def test_it_says_of_every_component_what_it_needs() -> None:
    text = (DOCS / "deploying.md").read_text()
    for component in (DOCKERFILE.parent / "deploy/k8s/components").iterdir():
        assert f"| `{component.name}` |" in text
