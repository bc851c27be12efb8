"""The default configuration file and the table in docs/configuration.md, made from the settings.

    python -m tests.settings_reference

writes both anew; a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from moderation.hooks import Hook
from moderation.page import RejectReason
from moderation.settings import Settings
from moderation.sites import ApiKey, Site

_ROOT = Path(__file__).parents[1]
PAGE = _ROOT / "docs" / "configuration.md"
FILE = _ROOT / "config" / "moderation.toml"
START, END = "<!-- settings -->\n", "<!-- /settings -->\n"
_WIDTH = 100
_HEAD = """\
# The default configuration. It ships inside the package, your own file (--config FILE) lies over it
# key by key, and the environment lies over both: MODERATION_API__PORT=8081 is api.port, and a list
# or a table is JSON. An unknown key stops the start. A key that is commented out is unset.
"""


def table() -> str:
    """Return every key, its default as TOML writes it, and its meaning, as a Markdown table."""
    rows = [
        *_rows(Settings, ""),
        *_rows(RejectReason, "review.reject_reasons[]."),
        *_rows(Site, "sites.NAME."),
        *_rows(ApiKey, "sites.NAME.api_keys[]."),
        *_rows(Hook, "hooks.NAME."),
    ]
    return "".join(["| Key | Default | Meaning |\n", "| --- | --- | --- |\n", *rows])


def toml_file() -> str:
    """Return the commented default configuration."""
    scalars = [
        part for name in ("redis_url", "policies_dir") for part in ("\n", *_entry(Settings, name))
    ]
    groups = [
        part
        for name, group in _groups()
        for part in (f"\n# {group.__doc__}\n[{name}]\n", *_entries(group))
    ]
    sites = [
        f"\n# {Settings.model_fields['sites'].description}\n[sites]\n# [sites.main]\n",
        *(line for name in Site.model_fields if name != "api_keys" for line in _entry(Site, name)),
        f"# {Site.model_fields['api_keys'].description}\n# [[sites.main.api_keys]]\n",
        *_entries(ApiKey),
        f"\n# {Settings.model_fields['hooks'].description}\n[hooks]\n# [hooks.blog]\n",
        *_entries(Hook),
    ]
    return "".join([_HEAD, *scalars, *groups, *sites])


def _groups(
    model: type[BaseModel] = Settings, prefix: str = ""
) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield prefix + name, type(field.default)
            yield from _groups(type(field.default), f"{prefix}{name}.")


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from _rows(type(field.default), f"{prefix}{name}.")
        else:
            meaning = " ".join(str(field.description).split())
            yield f"| `{prefix}{name}` | `{_default(field)}` | {meaning} |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "unset" if field.default is None else _toml(field.default)


def _toml(value: object) -> str:
    """Return a value as TOML writes it in one line."""
    if isinstance(value, BaseModel):
        members = ", ".join(f"{name} = {_toml(one)}" for name, one in value if one is not None)
        return f"{{{members}}}"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_toml(one)}' for name, one in value.items())}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _lines(value: tuple[object, ...]) -> str:
    """Return a list as TOML writes it in a line each."""
    return "".join(["[\n", *(f"  {_toml(one)},\n" for one in value), "]"])


def _entries(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if not isinstance(field.default, BaseModel):
            yield from _entry(model, name)


def _entry(model: type[BaseModel], name: str) -> Iterator[str]:
    """Yield a key's comment and its line, commented out where it shows an example."""
    field = model.model_fields[name]
    comment = fill(str(field.description), _WIDTH, initial_indent="# ", subsequent_indent="# ")
    yield comment + "\n"
    if model in {Site, ApiKey, Hook} or field.default is None:
        example = field.examples[0] if field.examples else field.default
        yield f"# {name} = {_toml(example)}\n"
    else:
        line = f"{name} = {_toml(field.default)}\n"
        yield line if len(line) <= _WIDTH else f"{name} = {_lines(field.default)}\n"


if __name__ == "__main__":
    FILE.write_text(toml_file())
    before, _, rest = PAGE.read_text().partition(START)
    PAGE.write_text(before + START + table() + END + rest.partition(END)[2])
