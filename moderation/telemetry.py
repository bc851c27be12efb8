"""Metrics and logs: what may be known of the service from outside.

Labels are closed sets, never an id, a path or a caller's text. A log line carries ids, codes,
versions and timings; never comment text, and no reason's detail, which may hold a matched word.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from moderation import __version__
from moderation.domain.errors import StoreDownError, StoreFault
from moderation.domain.trace import trace_id

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_WAITS = (60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0, 86_400.0, 259_200.0, 604_800.0)
_SCORES = tuple(step / 20 for step in range(1, 21))


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"moderation_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"moderation_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"moderation_{name}", text, labels, buckets=buckets, registry=registry)

        self.http_requests = counter(
            "http_requests_total", "Requests answered.", "route", "method", "code"
        )
        self.http_duration = histogram(
            "http_request_duration_seconds", "From request to answer.", _FAST, "route", "method"
        )
        self.http_in_flight = gauge("http_requests_in_flight", "Requests being answered.")
        self.received = counter("comments_received_total", "Submissions by result.", "result")
        self.intake_duration = histogram(
            "intake_duration_seconds", "From a comment's submission to its being stored.", _FAST
        )
        self.coral_answers = counter(
            "coral_answers_total", "Replies to Coral's moderation phase.", "result"
        )
        self.decisions = counter("decisions_total", "Effective decisions.", "outcome", "source")
        self.decision_duration = histogram(
            "decision_duration_seconds", "From receipt to a machine's decision.", _SLOW, "outcome"
        )
        self.score = histogram("score", "Scores of decided comments.", _SCORES, "label")
        self.threshold = gauge(
            "policy_threshold_ratio", "Hold threshold of the first site's policy.", "label"
        )
        self.inference_duration = histogram(
            "inference_duration_seconds", "The scorer's time for one text.", _FAST, "model"
        )
        self.inference_errors = counter(
            "inference_errors_total", "Texts without a score.", "reason"
        )
        self.score_cache = counter(
            "score_cache_requests_total", "Scored texts by whether their score was known.", "result"
        )
        self.scorer_events = counter(
            "scorer_events_total", "What happened to scorer processes.", "event"
        )
        self.shadow = counter(
            "shadow_total", "What a second model would have decided beside the first.", "result"
        )
        self.shadow_difference = histogram(
            "shadow_score_difference", "Distance of both models' scores.", _SCORES, "label"
        )
        self.perspective_shadow = counter(
            "perspective_shadow_total", "Calls passed on to Perspective, by comparison.", "result"
        )
        self.stream_entries = gauge("stream_entries", "Queued revisions.", "stream")
        self.stream_pending = gauge(
            "stream_group_pending_entries", "Reserved and not yet decided.", "stream"
        )
        self.stream_lag = gauge(
            "stream_group_lag_entries", "Queued and not yet reserved.", "stream"
        )
        self.stream_oldest = gauge(
            "stream_oldest_seconds", "Age of the oldest queued revision.", "stream"
        )
        self.jobs = counter("jobs_total", "Jobs by what became of them.", "stream", "result")
        self.job_wait = histogram(
            "job_wait_seconds", "From queueing to the recorded decision.", _SLOW, "stream"
        )
        self.reclaimed = counter(
            "jobs_reclaimed_total", "Jobs taken over from a lost worker.", "stream"
        )
        self.dead_letters = gauge("dead_letter_entries", "Callbacks given up.")
        self.callbacks = counter("callbacks_total", "Callback attempts.", "result")
        self.callback_duration = histogram(
            "callback_duration_seconds", "The receiver's time to answer.", _FAST
        )
        self.callbacks_waiting = gauge("callbacks_waiting", "Comments with callbacks to send.")
        self.held_comments = gauge("held_comments", "Comments that wait for a person.")
        self.held_items = gauge(
            "held_items",
            "Comments that wait for a person, by why; one with two reasons is under both.",
            "reason",
        )
        self.held_priority = gauge(
            "held_priority_seconds",
            "Waiting and severity, as waiting, that so great a share of what is held stays under.",
            "share",
        )
        self.held_oldest = gauge("held_oldest_seconds", "Age of the oldest held comment.")
        self._of_people(counter, gauge, histogram)
        self.explain_duration = histogram(
            "explain_duration_seconds", "From request to what raised the scores.", _FAST
        )
        self.explains = counter("explains_total", "Explanations asked for, by result.", "result")
        self.redis_duration = histogram(
            "redis_command_duration_seconds",
            "From a script's call to its answer.",
            _FAST,
            "command",
        )
        self.redis_errors = counter(
            "redis_errors_total", "Requests that found no store, by why.", "reason"
        )
        for why in StoreFault:  # there from the start, or a rate would miss the first of a kind
            self.redis_errors.labels(why.value)
        self.loop_lag = gauge("event_loop_lag_seconds", "How late the event loop last woke.")
        self.ready = gauge("ready", "1 when the check passes.", "check")
        self.swept = counter("swept_total", "Texts and records deleted by retention.", "what")
        self.model = Info("moderation_model", "The loaded model.", registry=registry)
        Info("moderation_build", "This build.", registry=registry).info({"version": __version__})

    def forget_store(self) -> None:
        """Tell nothing of what is in the store: what was last known may be wrong by now."""
        for labelled in (
            self.stream_entries,
            self.stream_pending,
            self.stream_lag,
            self.stream_oldest,
            self.held_items,
            self.held_priority,
        ):
            labelled.clear()
        for plain in (
            self.dead_letters,
            self.callbacks_waiting,
            self.held_comments,
            self.held_oldest,
            self.appeals_open,
            self.appeals_oldest,
        ):
            plain.set(math.nan)

    def store_failed(self, error: StoreDownError | TimeoutError) -> None:
        """Count a request that found no store, or did not wait for it any longer."""
        why = error.why if isinstance(error, StoreDownError) else StoreFault.TIMEOUT
        self.redis_errors.labels(why.value).inc()

    def _of_people(
        self,
        counter: Callable[..., Counter],
        gauge: Callable[..., Gauge],
        histogram: Callable[..., Histogram],
    ) -> None:
        """Make the metrics of what people do."""
        self.reviews = counter("reviews_total", "What people did with comments.", "action")
        self.review_handling = histogram(
            "review_handling_seconds", "From a comment's claim to its decision.", _SLOW
        )
        self.review_wait = histogram(
            "review_wait_seconds", "From a held comment's receipt to a person's decision.", _WAITS
        )
        self.review_conflicts = counter(
            "review_conflicts_total", "Refused decisions of people.", "reason"
        )
        self.appeals = counter("appeals_total", "Appeals by what became of them.", "result")
        self.appeals_open = gauge("appeals_open", "Appeals that wait for a decision.")
        self.appeals_oldest = gauge("appeals_oldest_seconds", "Age of the oldest open appeal.")
        self.login_attempts = counter("login_attempts_total", "Sign-ins by result.", "result")
        self.reversals = counter("reversals_total", "People's decisions on people's decisions.")


def exemplar(traceparent: str) -> dict[str, str] | None:
    """Return what joins a figure to the trace that it comes from, None of ''.

    `traceparent`: as `domain.trace.traceparent` returned it.
    """
    identity = trace_id(traceparent)
    return {"trace_id": identity} if identity else None


def configure_logging(stream: TextIO | None = None, level: str = "INFO") -> None:
    """Log JSON lines to `stream` (default: standard error); once, at the start of a process.

    Our own lines go straight to it: through the standard library's logging each of them would cost
    more than twice as much. What libraries log takes that way and comes out alike.
    """
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]

    def named(name: str = "") -> structlog.WriteLogger:
        logger = structlog.WriteLogger(out)
        logger.name = name  # type: ignore[attr-defined]  # add_logger_name looks for it
        return logger

    structlog.configure(
        processors=[*shared, _without_messages, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=named,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_messages,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("aiohttp.access").disabled = True
    sys.excepthook = _log_end


def log_fault(_: object, context: dict[str, Any]) -> None:
    """Log what asyncio has to say of a fault: its kind and place, not its message.

    For `loop.set_exception_handler`; asyncio's own handler would print the exception.
    """
    fault = context.get("exception")
    structlog.get_logger("asyncio").error("a task failed", exc_info=fault)


def _log_end(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger("moderation").critical("ended", exc_info=(kind, fault, trace))


def _without_messages(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep an exception's type and place; its message might quote a comment."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0] is not None:
        fault = info[1]
        while isinstance(fault, BaseExceptionGroup):  # the first of them says enough
            fault = fault.exceptions[0]
        event["exception"] = type(fault).__name__ if fault else info[0].__name__
        event["at"] = _places(fault.__traceback__ if fault else info[2])
    return event


def _places(trace: TracebackType | None) -> list[str]:
    """Return where the innermost six frames are."""
    frames = []
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-6:]
