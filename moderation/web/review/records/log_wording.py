"""Every sentence of the installation's log: who did what, in plain words.

Names and notes are what people typed: the template that shows a sentence escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Entry = Mapping[str, Any]
#: By id, the names of people as they are now.
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: how a filter names it, and what was done, after the name of who did it."""

    name: str
    did: Callable[[Entry, Names], str]


def happening(entry: Entry, names: Names) -> str:
    """Return what an entry tells, in one sentence, such as `Ada made bob an admin`."""
    actor = entry.get("actor") or {}
    who = str(actor.get("name") or actor.get("id") or "somebody")
    kind = KINDS.get(entry["type"])
    return f"{who} {kind.did(entry, names) if kind else _other(entry)}."


def where(entry: Entry) -> str:
    """Return how it was done: `on the page`, `by command`."""
    via = str((entry.get("actor") or {}).get("via") or "")
    return _VIA.get(via, via)


def moment(at_ms: float) -> str:
    """Return a time as the page tells it."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


_VIA = {
    "page": "on the page",
    "command line": "by command",
    "sign-on": "by single sign-on",
    "start": "at the start of the service",
}


def _whom(entry: Entry, names: Names) -> str:
    person = str(entry.get("person") or "")
    return names.get(person) or str(entry.get("name") or person or "somebody")


def _an(role: object) -> str:
    return f"an {role}" if role == "admin" else f"a {role}"


def _added(entry: Entry, names: Names) -> str:
    sites = entry.get("sites")
    which = f", for {', '.join(map(str, sites))}" if sites else ""
    return f"made an account for {_whom(entry, names)}, {_an(entry.get('role'))}{which}"


def _sites(entry: Entry, names: Names) -> str:
    sites = entry.get("sites")
    which = "every site" if sites is None else ", ".join(map(str, sites))
    return f"let {_whom(entry, names)} see {which}"


def _password(entry: Entry, names: Names) -> str:
    own = entry.get("person") == (entry.get("actor") or {}).get("id")
    return f"changed {'their own password' if own else f'the password of {_whom(entry, names)}'}"


def _applied(entry: Entry, _: Names) -> str:
    said = f"put version {entry.get('version')} of the policy {entry.get('policy')} into force"
    if entry.get("replayed") is False:
        return f"{said}, without a replay"
    return f"{said}, after a replay over {entry['site']}" if entry.get("site") else said


def _key(entry: Entry) -> str:
    name = f" “{entry['name']}”" if entry.get("name") else ""
    site = f" of {entry['site']}" if entry.get("site") else ""
    return f"the API key {entry.get('key')}{name}{site}"


def _key_added(entry: Entry, _: Names) -> str:
    scopes = ", ".join(map(str, entry.get("scopes") or ()))
    return f"made {_key(entry)}, to {scopes}" if scopes else f"made {_key(entry)}"


def _other(entry: Entry) -> str:
    return f"did something else: {str(entry['type']).replace('_', ' ')}"


KINDS: Mapping[str, Kind] = {
    "policy_applied": Kind("policies applied", _applied),
    "person_added": Kind("accounts made", _added),
    "role_changed": Kind(
        "roles changed", lambda one, names: f"made {_whom(one, names)} {_an(one.get('role'))}"
    ),
    "sites_changed": Kind("sites changed", _sites),
    "link_made": Kind(
        "links made", lambda one, names: f"made a one-time link for {_whom(one, names)}"
    ),
    "link_used": Kind("links used", lambda *_: "chose a password by a one-time link"),
    "password_changed": Kind("passwords changed", _password),
    "person_disabled": Kind(
        "accounts disabled", lambda one, names: f"disabled the account of {_whom(one, names)}"
    ),
    "person_enabled": Kind(
        "accounts enabled", lambda one, names: f"enabled the account of {_whom(one, names)}"
    ),
    "sessions_ended": Kind(
        "sessions ended", lambda one, names: f"signed {_whom(one, names)} out everywhere"
    ),
    "key_added": Kind("API keys made", _key_added),
    "key_rotated": Kind(
        "API keys exchanged", lambda one, _: f"exchanged {_key(one)} for {one.get('successor')}"
    ),
    "key_revoked": Kind("API keys ended", lambda one, _: f"ended {_key(one)}"),
}
