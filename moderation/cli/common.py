"""What commands share: settings, a store to work on, and one way to fail."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import click
from redis.exceptions import RedisError

from moderation.configuration import SettingsError, load
from moderation.credentials import CredentialsError
from moderation.domain.errors import ModerationError
from moderation.opening import StartError, open_at, server_url, with_credentials
from moderation.settings import Settings
from moderation.store.client import UrlError
from moderation.store.embedded import EmbeddedServerError
from moderation.store.log import Actor
from moderation.store.server_check import UnsafeServerError
from moderation.store.server_socket import find_running
from moderation.store.store import Store, StoreMismatchError
from moderation.tracing import TracingError

#: What an operator can mend; everything else is a fault of ours and keeps its traceback.
_FAULTS = (
    SettingsError,
    CredentialsError,
    StartError,
    UrlError,
    UnsafeServerError,
    StoreMismatchError,
    EmbeddedServerError,
    TracingError,
    ModerationError,
)

T = TypeVar("T")

with_config = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your configuration (TOML), over the packaged one.",
)
with_data = click.option(
    "--data",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Where the embedded server and the credentials live.",
)


@contextmanager
def one_message() -> Iterator[None]:
    """Turn what an operator can mend into one message and exit status 1."""
    try:
        yield
    except RedisError as error:
        kind = type(error).__name__
        message = f"the Redis at REDIS_URL can't be reached or refuses to serve ({kind})"
        raise click.ClickException(message) from error
    except _FAULTS as error:
        raise click.ClickException(str(error) or type(error).__name__) from error


def read_settings(config: Path | None, overrides: Mapping[str, object] | None = None) -> Settings:
    """Return the settings of this process's environment. Raises SettingsError."""
    return load(config, os.environ, overrides)


@asynccontextmanager
async def _store(config: Path | None, data_dir: Path) -> AsyncIterator[tuple[Store, Settings]]:
    """Open the store of a running service, or of one that is not running just now."""
    settings, _ = with_credentials(read_settings(config), data_dir)
    running = None if settings.redis_url else find_running(data_dir)
    if running:
        async with open_at(settings, running) as store:
            yield store, settings
        return
    async with server_url(settings, "all", data_dir) as url, open_at(settings, url) as store:
        yield store, settings


def operator() -> Actor:
    """Return who runs this command, for the log: by the name that the system knows them by."""
    return Actor("operator", getpass.getuser(), "command line")


def on_store(
    config: Path | None, data_dir: Path, work: Callable[[Store, Settings], Awaitable[T]]
) -> T:
    """Run a command's work on the open store and return what it returns."""

    async def opened() -> T:
        async with _store(config, data_dir) as (store, settings):
            return await work(store, settings)

    with one_message():
        return asyncio.run(opened())
