"""`moderation people`: accounts made and ended, with a running service beside it and without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result

from tests.unit.cli.conftest import Run

LINK = re.compile(r"http://localhost:8080/welcome/(p_[0-9a-f]{16}\.[A-Za-z0-9_-]{43})\n")
PASSWORD = b"a fine day in may\n"


def refused(result: Result, message: str) -> None:
    assert (result.exit_code, result.stderr) == (1, f"Error: {message}\n")


def life_of_an_account(run: Run, data: Path) -> None:
    added = run("people", "add", "Ada L.", "--role", "admin", "--data", data, stdin=PASSWORD * 2)
    assert added.exit_code == 0, added.output
    assert PASSWORD.decode().strip() not in added.output
    linked = run("people", "add", "bob", "--site", "default", "--link", "--data", data)
    again = run("people", "link", "BOB", "--data", data)
    first, second = LINK.fullmatch(linked.stdout), LINK.fullmatch(again.stdout)
    assert first
    assert second
    assert first[1] != second[1]
    assert "port 8080 (api.port)" in linked.stderr
    assert "set review.public_url" in again.stderr
    listed = run("people", "list", "--data", data).stdout
    for shown in ("Ada L.", "admin", "all", "active", "bob", "moderator", "invited"):
        assert shown in listed
    assert run("people", "role", "bob", "viewer", "--data", data).exit_code == 0
    assert run("people", "sessions", "revoke", "ada  l.", "--data", data).exit_code == 0
    for deed in (["disable", "Ada L."], ["role", "Ada L.", "viewer"],
                 ["sites", "Ada L.", "--site", "default"]):  # fmt: skip
        refused(
            run("people", *deed, "--data", data),
            "nobody else is an active admin of all sites who can sign in",
        )
    added = run("people", "add", "Grace", "--role", "admin", "--data", data, stdin=PASSWORD * 2)
    assert added.exit_code == 0, added.output
    assert run("people", "sites", "bob", "--data", data).exit_code == 0
    assert run("people", "disable", "Ada L.", "--data", data).stdout == "Ada L.: done\n"
    listed = run("people", "list", "--data", data).stdout
    assert "viewer" in listed
    assert "disabled" in listed
    refused(run("people", "link", "Ada L.", "--data", data), "nobody active has this id")
    assert run("people", "enable", "Ada L.", "--data", data).exit_code == 0
    assert "disabled" not in run("people", "list", "--data", data).stdout


def test_an_account_s_life_without_a_service(run: Run, data: Path) -> None:
    life_of_an_account(run, data)


@pytest.mark.usefixtures("beside")
def test_an_account_s_life_beside_a_running_service(run: Run, data: Path) -> None:
    life_of_an_account(run, data)


@pytest.mark.usefixtures("beside")
def test_what_cannot_be_is_refused(run: Run, data: Path) -> None:
    assert run("people", "add", "ada", "--link", "--data", data).exit_code == 0
    here = ("--data", data)
    refused(run("people", "add", "ADA", "--link", *here), "somebody has this name already")
    refused(
        run("people", "add", " ", "--link", *here),
        "a person's name has 1 to 64 characters, all of which can be seen",
    )
    refused(
        run("people", "add", "eve", "--site", "nowhere", "--link", *here),
        "a person's sites are one or more of the configured ones",
    )
    short = run("people", "add", "eve", *here, stdin=b"short\nshort\n")
    assert short.exit_code == 1
    assert short.stderr.endswith("Error: a password has 12 to 512 characters\n")
    for deed in (["role", "eve", "admin"], ["disable", "eve"], ["enable", "eve"], ["sites", "eve"],
                 ["link", "eve"], ["sessions", "revoke", "eve"]):  # fmt: skip
        refused(run("people", *deed, *here), "nobody has this name")
    assert run("people", "add", "eve", "--role", "king", *here).exit_code == 2


def test_a_link_leads_to_where_the_page_is(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODERATION_REVIEW__PUBLIC_URL", "https://moderation.example")
    made = run("people", "add", "ada", "--link", "--data", data).stdout
    assert made.startswith("https://moderation.example/welcome/p_")
