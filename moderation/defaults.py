"""Where the configuration that ships with the package lies, wherever it runs from."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _config_dir() -> Path:
    """Return the package's own copy, which a wheel carries, else the checkout's directory."""
    packaged = _PACKAGE / "config"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "config"


CONFIG_DIR = _config_dir()
CONFIG_FILE = CONFIG_DIR / "moderation.toml"
POLICIES_DIR = CONFIG_DIR / "policies"
