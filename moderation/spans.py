"""Spans by OpenTelemetry's SDK: the one module that imports it, and only `tracing` imports this.

What is sent where is configured as OpenTelemetry says, by OTEL_… in the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation import set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from moderation import __version__
from moderation.domain.trace import Attribute, Kind, Step

_KINDS = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
_NS = 1e9


class _Recorded(Step):
    """A step that is a span."""

    def __init__(self, traceparent: str, span: Span) -> None:
        super().__init__(traceparent)
        self._span = span

    def note(self, **attributes: Attribute) -> None:
        self._span.set_attributes(_named(attributes))


class Spans:
    """A tracer of its own: what else in the process uses OpenTelemetry is left alone."""

    def __init__(self, exporter: SpanExporter | None) -> None:
        own = {SERVICE_NAME: "comment-moderation", SERVICE_VERSION: __version__}
        self._provider = TracerProvider(
            # What the environment says (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) goes over it.
            resource=Resource(own).merge(OTELResourceDetector().detect()),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("moderation", __version__)
        self._format = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, parent: str, kind: Kind, attributes: Mapping[str, Attribute]
    ) -> Iterator[Step]:
        """Record the block. A fault's kind is noted, its message is not: it might quote a text."""
        made = self._tracer.start_span(
            name, self._context(parent), _KINDS[kind], attributes=_named(attributes)
        )
        try:
            yield _Recorded(self._handed_on(made), made)
        except BaseException as error:
            made.set_status(Status(StatusCode.ERROR))
            made.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            made.end()

    def step(
        self,
        name: str,
        parent: str,
        kind: Kind,
        started_s: float,
        ended_s: float | None,
        attributes: Mapping[str, Attribute],
    ) -> None:
        """Record what began at `started_s` and ended at `ended_s` (None: now)."""
        self._tracer.start_span(
            name,
            self._context(parent),
            _KINDS[kind],
            attributes=_named(attributes),
            start_time=round(started_s * _NS),
        ).end(None if ended_s is None else round(ended_s * _NS))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _context(self, parent: str) -> Context:
        return self._format.extract({"traceparent": parent}, Context())

    def _handed_on(self, span: Span) -> str:
        carrier: dict[str, str] = {}
        self._format.inject(carrier, set_span_in_context(span))
        return carrier.get("traceparent", "")


def _named(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {name.replace("__", "."): value for name, value in attributes.items()}
