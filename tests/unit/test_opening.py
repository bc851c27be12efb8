"""Whose site it is: generated, completed, or configured whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moderation.configuration import load
from moderation.credentials import credentials
from moderation.opening import StartError, with_credentials
from moderation.settings import Settings

SECRET = "whsec_" + "c2VjcmV0" * 4
REDIS = "redis://127.0.0.1:6379"


def settings(redis_url: str | None = None, **sites: dict[str, Any]) -> Settings:
    return load(None, {}, {"redis_url": redis_url, "sites": sites or None})


def test_without_a_site_one_is_generated(tmp_path: Path):
    found, made = with_credentials(settings(), tmp_path)
    assert made is not None
    assert made.created
    assert found.sites == {"default": credentials(tmp_path).site}


def test_a_default_site_without_secrets_takes_the_generated_ones(tmp_path: Path):
    before = credentials(tmp_path).site
    url = "http://127.0.0.1:8081/"
    found, made = with_credentials(settings(default={"callback_url": url}), tmp_path)
    assert made is not None
    assert found.sites["default"] == before.model_copy(update={"callback_url": url})


def test_what_is_configured_is_not_replaced(tmp_path: Path):
    found, _ = with_credentials(settings(default={"webhook_secrets": [SECRET]}), tmp_path)
    generated = credentials(tmp_path).site
    site = found.sites["default"]
    assert [one.get_secret_value() for one in site.webhook_secrets] == [SECRET]
    assert site.api_keys == generated.api_keys


@pytest.mark.parametrize(
    "chosen",
    [settings(blog={}), settings(REDIS, default={}), settings(REDIS)],
    ids=["another site", "its own server", "its own server, no site"],
)
def test_elsewhere_nothing_is_generated(tmp_path: Path, chosen: Settings):
    assert with_credentials(chosen, tmp_path) == (chosen, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "field", [{"callback_url": "https://x/y"}, {"callback_origins": ["https://x"]}]
)
def test_callbacks_that_nobody_can_sign_stop_the_start(tmp_path: Path, field: dict[str, Any]):
    with pytest.raises(StartError, match=r"sites\.blog: callbacks are signed"):
        with_credentials(settings(blog=field), tmp_path)
