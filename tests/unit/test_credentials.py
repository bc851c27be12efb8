"""The credentials of a first start: made once, whole, private."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moderation.credentials import CredentialsError, credentials


def test_the_first_start_makes_them_and_later_ones_read_them(tmp_path: Path):
    first = credentials(tmp_path / "data")
    again = credentials(tmp_path / "data")
    assert (first.created, again.created) == (True, False)
    assert first.site == again.site
    written = json.loads(first.path.read_text())
    assert list(written) == ["site", "api_key", "webhook_secret", "callback_secret"]
    assert first.name == written["site"] == "default"
    [key] = first.site.api_keys
    assert key.scopes == {"submit", "moderate", "admin"}
    assert key.key.get_secret_value() == written["api_key"]
    assert written["api_key"].startswith("mod_")
    assert first.site.webhook_secrets[0].get_secret_value() == written["webhook_secret"]
    assert first.site.callback_secrets[0].get_secret_value() == written["callback_secret"]
    assert len(set(written.values())) == 4
    assert not any(written[name] in repr(first) for name in written if name != "site")
    assert credentials(tmp_path / "other").site != first.site


def test_the_file_is_its_owners_alone_and_nothing_lies_beside_it(tmp_path: Path):
    path = credentials(tmp_path / "data").path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]
    path.chmod(0o640)
    with pytest.raises(CredentialsError, match="can be read by others"):
        credentials(path.parent)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "{", '{"site": "default", "api_key": "s3cret"}']
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: str):
    path = tmp_path / "credentials.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(CredentialsError, match="damaged") as refused:
        credentials(tmp_path)
    assert "s3cret" not in str(refused.value)
    assert path.read_text() == content


def test_a_directory_in_the_way_is_refused(tmp_path: Path):
    (tmp_path / "credentials.json").mkdir(mode=0o700)
    with pytest.raises(CredentialsError, match="directory"):
        credentials(tmp_path)
