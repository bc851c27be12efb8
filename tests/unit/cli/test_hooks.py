"""`moderation hooks`: what is configured, and what a payload would become, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli import main

CONFIG = """
[hooks.blog]
site = "default"
map = "strapi"
proof = "header"
header = "Authorization"
secrets = ["Bearer 0123456789abcdef"]
"""
ENTRY = {"id": 7, "content": "a fine day", "author": {"id": 3, "name": "Bo"}}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(CONFIG)
    return path


def attempt(config: Path, payload: object, *more: str) -> tuple[int, str]:
    sent = payload if isinstance(payload, str) else json.dumps(payload)
    asked = ["hooks", "try", "blog", "--config", str(config), *more]
    found = CliRunner().invoke(main, asked, input=sent)
    return found.exit_code, found.output


def test_a_payload_is_shown_as_what_it_would_submit(config: Path) -> None:
    payload = {"event": "entry.create", "model": "comment", "entry": ENTRY}
    code, said = attempt(config, payload)
    assert code == 0
    assert json.loads(said) == {
        "event": "created",
        "site": "default",
        "submission": {
            "text": "a fine day", "text_format": "plain", "external_id": "7",
            "author": {"id": "3", "name": "Bo"},
        },
    }  # fmt: skip


def test_what_would_be_ignored_or_refused_is_said(config: Path) -> None:
    assert attempt(config, {"event": "entry.delete", "model": "comment"})[1].startswith("ignored")
    payload = {"event": "entry.create", "model": "comment", "entry": {"id": 7}}
    code, said = attempt(config, payload)
    assert code == 1
    assert "/text: " in said
    assert attempt(config, "no JSON")[0] == 1


def test_a_form_is_read_as_one(config: Path) -> None:
    config.write_text(CONFIG.replace("strapi", "form"))
    code, said = attempt(config, "id=7&text=a+fine+day", "--form")
    assert (code, json.loads(said)["submission"]["text"]) == (0, "a fine day")


def test_hooks_are_listed_without_their_secrets(config: Path) -> None:
    found = CliRunner().invoke(main, ["hooks", "list", "--config", str(config)])
    assert "blog" in found.output
    assert "0123456789" not in found.output
    none = CliRunner().invoke(main, ["hooks", "try", "none", "--config", str(config)], input="{}")
    assert none.exit_code == 1
