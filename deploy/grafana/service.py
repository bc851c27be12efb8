"""The dashboard of whoever is paged: are the objectives met, and what is in the way."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, quantiles, rate

_OURS = 'job=~"api|worker|notifier|all"'
_READY = "min by (check) (moderation_ready)"

BOARD = Board(
    uid="moderation-service",
    title="Moderation: service",
    says="Objectives first, then traffic, then what may be in the way of it.",
    rows=(
        (
            Panel(
                "Comments received",
                "Accepted comments a second; a repeated submission is none.",
                "cps",
                [Query(rate("comments_received_total", where='result=~"new|edit"'), "received")],
                number=True,
            ),
            Panel(
                "Budget left (1 h)",
                "Of the errors that an objective allows in an hour, the share not used up: the "
                "worst of the objectives.",
                "percentunit",
                [
                    Query(
                        "min (1 - moderation_slo:error_ratio:rate1h / on (slo) "
                        "moderation_slo:budget)",
                        "left",
                    )
                ],
                number=True,
            ),
            Panel(
                "Ready",
                "1 where every check of every process passes.",
                "short",
                [Query("min (moderation_ready)", "ready")],
                number=True,
            ),
            Panel(
                "Processes",
                "How many answered the last scrape.",
                "short",
                [Query(f"sum (up{{{_OURS}}})", "up")],
                number=True,
            ),
        ),
        (
            Panel(
                "Errors by objective",
                "The share of events that miss their objective, over five minutes. A page is sent "
                "at 14.4 times the budget for an hour.",
                "percentunit",
                [Query("moderation_slo:error_ratio:rate5m", "{{slo}}")],
            ),
            Panel(
                "Requests",
                "Answers a second by status.",
                "reqps",
                [Query(rate("http_requests_total", "code"), "{{code}}")],
                stacked=True,
            ),
        ),
        (
            Panel(
                "Time to store a comment",
                "The objective is 99 % within 250 ms.",
                "s",
                quantiles("intake_duration_seconds"),
            ),
            Panel(
                "Time to decide",
                "From receipt to the machine's decision; the objective is 99 % within 5 s.",
                "s",
                quantiles("decision_duration_seconds"),
            ),
        ),
        (
            Panel(
                "Received, by result",
                "`overloaded` was refused with a time to come back.",
                "cps",
                [Query(rate("comments_received_total", "result"), "{{result}}")],
            ),
            Panel(
                "Time of requests by route (p99)",
                "Requests that wait for a decision are among them.",
                "s",
                [
                    Query(
                        "histogram_quantile(0.99, "
                        + rate("http_request_duration_seconds_bucket", "le, route")
                        + ")",
                        "{{route}}",
                    )
                ],
            ),
        ),
        (
            Panel(
                "Checks",
                "1 passes, 0 doesn't; the lowest of all processes.",
                "short",
                [Query(_READY, "{{check}}")],
            ),
            Panel(
                "Store's errors",
                "Requests that found no store, by why.",
                "short",
                [Query(rate("redis_errors_total", "reason"), "{{reason}}")],
            ),
        ),
        (
            Panel(
                "Store's scripts (p99)",
                "From a script's call to its answer.",
                "s",
                [
                    Query(
                        "histogram_quantile(0.99, "
                        + rate("redis_command_duration_seconds_bucket", "le, command")
                        + ")",
                        "{{command}}",
                    )
                ],
            ),
            Panel(
                "Event loop's lag",
                "How late the loop wakes: above 0.1 s a process is too busy to answer in time.",
                "s",
                [
                    Query(
                        "max by (job) (avg_over_time("
                        "moderation_event_loop_lag_seconds[$__rate_interval]))",
                        "{{job}}",
                    )
                ],
            ),
        ),
        (
            Panel(
                "Memory",
                "Resident, without the scorers, which are children.",
                "bytes",
                [
                    Query(
                        f"max by (job) (process_resident_memory_bytes{{{_OURS}}})",
                        "{{job}}",
                    )
                ],
            ),
            Panel(
                "Requests in flight",
                "Being answered now, of all processes.",
                "short",
                [Query("sum (moderation_http_requests_in_flight)", "in flight")],
            ),
        ),
    ),
)
