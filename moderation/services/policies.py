"""Which policy decides: seeded from files, read from the store, remembered for a moment."""

from __future__ import annotations

import time
from pathlib import Path

from moderation.domain.errors import InvalidError
from moderation.domain.policy import Policy, parse_policy
from moderation.settings import Settings
from moderation.store import policies
from moderation.store.log import SERVICE
from moderation.store.store import Store

_REMEMBERED_S = 2.0


class PolicyBook:
    """The current policies of the sites; a newly applied version is seen within two seconds."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._known: dict[str, tuple[float, Policy, int]] = {}

    def name_for(self, site: str) -> str:
        """Return the name of the site's policy."""
        configured = self._settings.sites.get(site)
        return configured.policy if configured else "default"

    async def for_site(self, site: str) -> tuple[Policy, int]:
        """Return the site's policy and its version. Raises NotFoundError, StoreDownError."""
        return await self.named(self.name_for(site))

    async def named(self, name: str) -> tuple[Policy, int]:
        """Return a policy and its version. Raises NotFoundError, StoreDownError."""
        known = self._known.get(name)
        now = time.monotonic()
        if known and now - known[0] < _REMEMBERED_S:
            return known[1], known[2]
        policy, version = await policies.current(self._store, name)
        self._known[name] = (now, policy, version)
        return policy, version


def read_policy(file: Path) -> Policy:
    """Return the policy in a file. Raises InvalidError naming the file and its faults."""
    try:
        return parse_policy(file.read_text(encoding="utf-8"))
    except InvalidError as error:
        raise InvalidError(f"{file.name}: {error}") from error
    except UnicodeDecodeError:
        raise InvalidError(f"{file.name}: not UTF-8") from None


def read_policies(directory: Path) -> list[Policy]:
    """Return the policies of a directory's `*.toml`. Raises InvalidError naming file and faults."""
    found = [read_policy(file) for file in sorted(directory.glob("*.toml"))]
    names = [policy.name for policy in found]
    if len(set(names)) < len(names):
        raise InvalidError("two policy files have the same name")
    return found


async def seed(store: Store, directory: Path) -> list[str]:
    """Store each policy file whose name the store does not know yet.

    Returns the names of those that the store knows with another content: a file that changed later
    is applied by `moderation policy apply`, never by a restart.
    """
    different = []
    for policy in read_policies(directory):
        version = await policies.apply(store, policy, by=SERVICE, only_new=True)
        current = await policies.version(store, policy.name, version)
        if current != policy:
            different.append(policy.name)
    return different
