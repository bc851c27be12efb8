"""What makes each alert fire, and what is just not enough: series as promtool writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

_M = "moderation_"


@dataclass(frozen=True, slots=True)
class Case:
    """`series` over time, a sample a minute; whether `alert` fires at `at` (and for `slo`)."""

    alert: str
    fires: bool
    series: dict[str, str] = field(repr=False)
    at: str = "30m"
    slo: str | None = None

    @property
    def takes_days(self) -> bool:
        """Return whether its rules are to be judged at fewer moments, or it takes minutes."""
        return int(self.at.removesuffix("m")) > 100


def _counted(samples: str, **ratio: int) -> str:
    """Return a counter that grows by so much a minute."""
    return f"0+{ratio['by']}x{samples}"


def _intake(good: int, bad: int, minutes: int) -> dict[str, str]:
    base = f'{_M}http_requests_total{{route="/v1/comments",method="POST",code='
    return {
        f'{base}"202"}}': _counted(str(minutes), by=good),
        f'{base}"503"}}': _counted(str(minutes), by=bad),
        f'{base}"422"}}': _counted(str(minutes), by=1000),
    }


def _timed(name: str, bound: str, good: int, bad: int) -> dict[str, str]:
    return {
        f'{_M}{name}_bucket{{le="{bound}"}}': _counted("70", by=good),
        f"{_M}{name}_count": _counted("70", by=good + bad),
    }


def _called(good: int, bad: int) -> dict[str, str]:
    base = f"{_M}callbacks_total{{result="
    return {
        f'{base}"delivered"}}': _counted("70", by=good),
        f'{base}"failed"}}': _counted("70", by=bad),
    }


def _burst_that_is_over() -> dict[str, str]:
    """Return ten minutes of failure that ended half an hour ago."""
    base = f'{_M}http_requests_total{{route="/v1/comments",method="POST",code='
    return {f'{base}"202"}}': "0+100x70", f'{base}"503"}}': "0x25 0+100x10 1000x35"}


_BUDGETS = [
    Case("ErrorBudgetBurn14x", True, _intake(98, 2, 70), "65m", "intake-availability"),
    Case("ErrorBudgetBurn14x", False, _intake(99, 1, 70), "65m", "intake-availability"),
    Case("ErrorBudgetBurn14x", False, _burst_that_is_over(), "70m", "intake-availability"),
    Case("ErrorBudgetBurn14x", True, _timed("intake_duration_seconds", "0.25", 8, 2), "65m",
         "intake-latency"),
    Case("ErrorBudgetBurn14x", False, _timed("intake_duration_seconds", "0.25", 9, 1), "65m",
         "intake-latency"),
    Case("ErrorBudgetBurn14x", True, _timed("decision_duration_seconds", "5.0", 8, 2), "65m",
         "decision-latency"),
    Case("ErrorBudgetBurn14x", False, _timed("decision_duration_seconds", "5.0", 9, 1), "65m",
         "decision-latency"),
    Case("ErrorBudgetBurn14x", True, _called(9, 1), "65m", "callback-delivery"),
    Case("ErrorBudgetBurn14x", False, _called(19, 1), "65m", "callback-delivery"),
    Case("ErrorBudgetBurn6x", True, _intake(99, 1, 400), "380m", "intake-availability"),
    Case("ErrorBudgetBurn6x", False, _intake(199, 1, 400), "380m", "intake-availability"),
    Case("ErrorBudgetBurn3x", True, _intake(199, 1, 1500), "1500m", "intake-availability"),
    Case("ErrorBudgetBurn3x", False, _intake(399, 1, 1500), "1500m", "intake-availability"),
    Case("ErrorBudgetBurn1x", True, _intake(399, 1, 4400), "4400m", "intake-availability"),
    Case("ErrorBudgetBurn1x", False, _intake(1999, 1, 1500), "1500m", "intake-availability"),
    # The guard: half of the requests fail, but of a handful.
    *(Case(f"ErrorBudgetBurn{burn}", False,
           {f'{_M}http_requests_total{{route="/v1/comments",method="POST",code="{code}"}}':
            "0x60 0+1x2 2x5" for code in ("202", "503")}, "65m", "intake-availability")
      for burn in ("14x", "6x", "3x", "1x")),
]  # fmt: skip

_UP = {f'up{{job="{job}",instance="1"}}': "1x30" for job in ("api", "worker", "notifier")}
_FALLBACKS = f'{_M}decisions_total{{outcome="hold",source="fallback"}}'
_MODEL = f'{_M}decisions_total{{outcome="approve",source="model"}}'
_HOLDS = f'{_M}decisions_total{{outcome="hold",source="model"}}'
_RECEIVED = f"{_M}comments_received_total{{result="

_CAUSES = [
    Case("Down", True, {**_UP, 'up{job="worker",instance="1"}': "1x10 0x20"}),
    Case("Down", False, {**_UP, 'up{job="worker",instance="1"}': "1x10 0 1x20"}),
    Case("RoleMissing", True, {'up{job="api"}': "1x30", 'up{job="worker"}': "1x30"}),
    Case("RoleMissing", False, _UP),
    Case("RoleMissing", False, {'up{job="all"}': "1x30"}),
    Case("StreamStuck", True, {f'{_M}stream_oldest_seconds{{stream="n"}}': "0x10 121x20"}),
    Case("StreamStuck", False, {f'{_M}stream_oldest_seconds{{stream="n"}}': "119x30"}),
    Case("FallbackDecisions", True, {_FALLBACKS: "0+6x30", _MODEL: "0+94x30"}),
    Case("FallbackDecisions", False, {_FALLBACKS: "0+5x30", _MODEL: "0+95x30"}),
    Case("FallbackDecisions", False, {_FALLBACKS: "0x25 1x5", _MODEL: "0+1x30"}),
    Case("RedisErrors", True, {f'{_M}redis_errors_total{{reason="connection"}}': "0+7x30"}),
    Case("RedisErrors", False, {f'{_M}redis_errors_total{{reason="connection"}}': "0+5x30"}),
    Case("RedisErrors", True, {f'{_M}ready{{check="redis",job="api",instance="1"}}': "1x10 0x20"}),
    Case("RedisErrors", False, {f'{_M}ready{{check="model",job="api",instance="1"}}': "0x30"}),
    Case("Overloaded", True, {f'{_RECEIVED}"new"}}': "0+97x30", f'{_RECEIVED}"overloaded"}}':
                              "0+3x30"}),
    Case("Overloaded", False, {f'{_RECEIVED}"new"}}': "0+199x30", f'{_RECEIVED}"overloaded"}}':
                               "0+1x30"}),
    Case("DeadLetters", True, {f"{_M}dead_letter_entries": "0x10 1x20"}),
    Case("DeadLetters", False, {f"{_M}dead_letter_entries": "0x30"}),
    Case("CallbackBacklog", True, {f"{_M}callbacks_waiting": "101x30"}),
    Case("CallbackBacklog", False, {f"{_M}callbacks_waiting": "99x30"}),
    Case("CallbackBacklog", False, {f"{_M}callbacks_waiting": "500x30",
                                    f'{_M}callbacks_total{{result="delivered"}}': "0+60x30"}),
    Case("EventLoopLag", True, {f"{_M}event_loop_lag_seconds": "0.11x30"}),
    Case("EventLoopLag", False, {f"{_M}event_loop_lag_seconds": "0.01x24 1 0.01x5"}, "24m"),
]  # fmt: skip

_REVERSALS = f"{_M}reversals_total"
_PERSON = f'{_M}decisions_total{{outcome="reject",source="person"}}'

_PEOPLE = [
    Case("HeldQueueOld", True, {f"{_M}held_oldest_seconds": "14401x30"}),
    Case("HeldQueueOld", False, {f"{_M}held_oldest_seconds": "14399x30"}),
    Case("HeldRateShift", True, {_HOLDS: "0+5x1440 7200+20x120", _MODEL: "0+95x1560"}, "1550m"),
    Case("HeldRateShift", False, {_HOLDS: "0+5x1440 7200+7x120", _MODEL: "0+95x1560"}, "1550m"),
    Case("HeldRateShift", False, {_HOLDS: "0x1500 0+1x60", _MODEL: "0+1x1560"}, "1550m"),
    Case("OverturnHigh", True, {_REVERSALS: "0+2x1600", _PERSON: "0+10x1600"}, "1600m"),
    Case("OverturnHigh", False, {_REVERSALS: "0+1x1600", _PERSON: "0+11x1600"}, "1600m"),
    Case("OverturnHigh", False, {_REVERSALS: "0x1500 5x100", _PERSON: "0x1500 10x100"}, "1600m"),
]

CASES = [*_BUDGETS, *_CAUSES, *_PEOPLE]
