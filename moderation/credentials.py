"""The credentials of a first start: one site, made once, kept in the data directory.

Only for the embedded server with no configured site; elsewhere sites are configured, not made.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from moderation.sites import ApiKey, Site

_NAME = "credentials.json"
_FIELDS = ("site", "api_key", "webhook_secret", "callback_secret")
_SECRET_BYTES = 32


class CredentialsError(RuntimeError):
    """The credentials file can't be used; the message says why, without a secret."""


@dataclass(frozen=True)
class Credentials:
    """The site and the file that holds its secrets; `created` when this start made it."""

    name: str
    site: Site
    path: Path
    created: bool


def has_credentials(data_dir: Path) -> bool:
    """Return whether `credentials` would make none."""
    return (data_dir.absolute() / _NAME).exists()


def credentials(data_dir: Path) -> Credentials:
    """Return the credentials in `data_dir`, made first where there are none.

    Raises CredentialsError.
    """
    path = data_dir.absolute() / _NAME
    created = not has_credentials(data_dir)
    if created:
        _write(path, _made())
    return _read(path, created=created)


def _made() -> dict[str, str]:
    def webhook_secret() -> str:
        return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    key = "mod_" + secrets.token_urlsafe(_SECRET_BYTES)
    return dict(zip(_FIELDS, ("default", key, webhook_secret(), webhook_secret()), strict=True))


def _write(path: Path, values: dict[str, str]) -> None:
    """Write the file whole or not at all, and on the disk before it is used."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{_NAME}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(values, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, it never replaces another start's file
        except FileExistsError:
            return
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path, *, created: bool) -> Credentials:
    try:
        if path.stat().st_mode & 0o077:
            raise CredentialsError(
                f"{path} can be read by others: chmod 600 it, or rotate its keys"
            )
        values = json.loads(path.read_bytes())
        name, key, webhook_secret, callback_secret = (str(values[field]) for field in _FIELDS)
        site = Site(
            webhook_secrets=(webhook_secret,),
            callback_secrets=(callback_secret,),
            api_keys=(
                ApiKey(
                    name="first-start",
                    key=key,
                    scopes=frozenset({"submit", "moderate", "admin"}),
                ),
            ),
        )
    except OSError as error:
        raise CredentialsError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, ValidationError):
        raise CredentialsError(f"{path} is damaged: restore it, or move it away") from None
    return Credentials(name, site, path, created)
