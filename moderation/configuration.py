"""Load the settings: the package's file, the operator's file over it, then the environment.

All faults are found before the start is refused, and each says where it stands. No message holds a
value, since it may be a secret.
"""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from moderation.defaults import CONFIG_FILE
from moderation.settings import Settings

PREFIX = "MODERATION_"
_NESTED = "__"
_LIST = 'is a list; in the environment it is JSON, such as ["one", "two"]'
_TABLE = "is a table"
_MESSAGES = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "tuple_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
}
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong: the dotted key, where it was set, and what is wrong with it."""

    key: str
    where: str
    message: str


class SettingsError(ValueError):
    """The configuration is refused; the message lists every fault."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        count = "one fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        lines = [
            f"  {': '.join(filter(None, (fault.key, fault.message)))} ({fault.where})"
            for fault in self.faults
        ]
        super().__init__("\n".join([f"the configuration has {count}:", *lines]))


class _Layers:
    """The values so far, where each came from, and the faults met on the way."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.sources: dict[Path_, str] = {}
        self.faults: list[Fault] = []

    def put(self, path: Path_, value: Any, where: str) -> None:  # noqa: ANN401
        """Lay one value over the layers below; a table is laid key by key."""
        self.sources[path] = where
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self.put((*path, key), inner, where)
            if value or not path:
                return
        table = self.values
        for depth, key in enumerate(path[:-1], start=1):
            table = table.setdefault(str(key), {})
            if not isinstance(table, dict):
                self.fault(path[:depth], _TABLE)
                return
        table[str(path[-1])] = value

    def fault(self, path: Path_, message: str, where: str = "") -> None:
        self.faults.append(Fault(_dotted(path), where or self.source_of(path), message))

    def source_of(self, path: Path_) -> str:
        """Return where the value at `path`, or else the nearest table around it, was set."""
        return next(
            self.sources[path[:length]]
            for length in range(len(path), -1, -1)
            if path[:length] in self.sources
        )


def load(
    config: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings. Raises SettingsError with all faults.

    `overrides` are the command line's: dotted keys, `{"api.port": 8081}`; None leaves a key alone.
    """
    layers = _Layers()
    for file in filter(None, (CONFIG_FILE, config)):
        _add_file(layers, file)
    for name, path, value in _environment(environ):
        layers.put(path, _read(value), name)
    for key, setting in (overrides or {}).items():
        if setting is not None:
            layers.put(tuple(key.split(".")), setting, "the command line")
    try:
        settings = Settings.model_validate(layers.values)
    except ValidationError as error:
        for found in error.errors(include_input=False, include_url=False, include_context=False):
            message = _MESSAGES.get(found["type"], found["msg"].removeprefix("Value error, "))
            # Pydantic marks a fault of a table's key, not of its value, by a part of its own.
            layers.fault(tuple(part for part in found["loc"] if part != "[key]"), message)
    if layers.faults:
        raise SettingsError(layers.faults)
    return settings


def _add_file(layers: _Layers, file: Path) -> None:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        layers.fault((), error.strerror or "can't be read", str(file))
    except UnicodeDecodeError:
        layers.fault((), "is not UTF-8", str(file))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)$", str(error))  # the rest of the message may quote a value
        layers.fault((), f"is not TOML {place.group() if place else ''}".rstrip(), str(file))
    else:
        layers.put((), values, str(file))


def _environment(environ: Mapping[str, str]) -> Iterator[tuple[str, Path_, str]]:
    """Yield name, path and text of each variable that is ours, the widest first."""
    if url := environ.get("REDIS_URL"):
        yield "REDIS_URL", ("redis_url",), url
    for name in sorted(environ):
        if name.startswith(PREFIX):
            yield name, tuple(name.removeprefix(PREFIX).lower().split(_NESTED)), environ[name]


def _read(text: str) -> Any:  # noqa: ANN401
    """Return a variable's value: a list or a table where it is JSON, else the text."""
    if text.lstrip().startswith(("[", "{")):
        with contextlib.suppress(ValueError):
            return json.loads(text)
    return text


def _dotted(path: Path_) -> str:
    """Return a path as TOML writes it: `sites.main.api_keys[0].key`."""
    parts = [
        f"[{key}]" if isinstance(key, int)
        else f".{key if _PLAIN_KEY.fullmatch(key) else json.dumps(key)}"
        for key in path
    ]  # fmt: skip
    return "".join(parts).removeprefix(".")
