"""Traces: a caller's traceparent handed on, and spans of OpenTelemetry where they are switched on.

Switched off, as they are by default, what makes spans is not imported and a trace goes on as it
came. A span says what a log line may say: ids, codes and timings, never a text or a caller's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from moderation.domain.trace import Attribute, Kind, Step

if TYPE_CHECKING:
    from moderation.spans import Spans

#: The traceparent of what this task is doing, or ''.
_current: ContextVar[str] = ContextVar("traceparent", default="")
_switch: list[Spans] = []


class TracingError(RuntimeError):
    """Spans can't be made; the message is for the operator."""


def switch_on(exporter: Any = None) -> Callable[[], None]:  # noqa: ANN401 - an optional library's
    """Make spans from now on; returns what ends it, and sends what is left.

    `exporter`: OpenTelemetry's; None: by OTLP over HTTP, as OTEL_… in the environment says. Raises
    TracingError when the extra `otel` is not installed.
    """
    try:
        from moderation.spans import Spans  # noqa: PLC0415 - only where it is wanted
    except ImportError as error:
        raise TracingError(
            f"tracing.enabled needs `pip install 'comment-moderation[otel]'` ({error.name})"
        ) from error
    spans = Spans(exporter)
    _switch[:] = [spans]

    def off() -> None:
        _switch.clear()
        spans.close()

    return off


def current() -> str:
    """Return the traceparent of what this task is doing, or ''."""
    return _current.get()


@contextmanager
def span(name: str, parent: str, kind: Kind, **attributes: Attribute) -> Iterator[Step]:
    """Make the block a step of the trace `parent` ('': of a new one, where spans are made)."""
    if not _switch:
        taken = Step(parent)
        with _as_current(taken):
            yield taken
        return
    with _switch[0].span(name, parent, kind, attributes) as taken, _as_current(taken):
        yield taken


def step(
    name: str,
    parent: str,
    kind: Kind,
    started_s: float,
    ended_s: float | None = None,
    **attributes: Attribute,
) -> None:
    """Note a step from `started_s` to `ended_s` (seconds since 1970; None: now)."""
    if _switch:
        _switch[0].step(name, parent, kind, started_s, ended_s, attributes)


@contextmanager
def _as_current(taken: Step) -> Iterator[None]:
    token = _current.set(taken.traceparent)
    try:
        yield
    finally:
        _current.reset(token)
