"""An audit event on its way into a script: what the caller knows of it."""

from __future__ import annotations

import json
from typing import Any


def event_tail(**fields: Any) -> str:  # noqa: ANN401
    """Return an event's JSON without its opening brace; the script sets version and time."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[1:]
