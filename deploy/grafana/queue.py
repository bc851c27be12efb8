"""The dashboard of the queue and those who empty it: what waits, how long, and what is stuck."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, highest, quantiles, rate

BOARD = Board(
    uid="moderation-queue",
    title="Moderation: queue and workers",
    says="What waits for a decision or a callback, and what became of it.",
    rows=(
        (
            Panel(
                "Oldest queued comment",
                "An alert is sent from 120 s on.",
                "s",
                [Query("max (moderation_stream_oldest_seconds)", "oldest")],
                number=True,
            ),
            Panel(
                "Queued",
                "Comments without a decision.",
                "short",
                [Query("sum (max by (stream) (moderation_stream_entries))", "queued")],
                number=True,
            ),
            Panel(
                "Callbacks waiting",
                "Comments with callbacks to send.",
                "short",
                [Query(highest("callbacks_waiting"), "waiting")],
                number=True,
            ),
            Panel(
                "Callbacks given up",
                "To be sent again by hand.",
                "short",
                [Query(highest("dead_letter_entries"), "given up")],
                number=True,
            ),
        ),
        (
            Panel(
                "Queue by lane",
                "Queued and reserved comments.",
                "short",
                [Query(highest("stream_entries", "stream"), "{{stream}}")],
                stacked=True,
            ),
            Panel(
                "Oldest by lane",
                "If it grows while the queue is short, one comment is stuck.",
                "s",
                [Query(highest("stream_oldest_seconds", "stream"), "{{stream}}")],
            ),
        ),
        (
            Panel(
                "Not yet reserved",
                "What workers could take now: more of them help.",
                "short",
                [Query(highest("stream_group_lag_entries", "stream"), "{{stream}}")],
            ),
            Panel(
                "Reserved",
                "In some worker's hand.",
                "short",
                [Query(highest("stream_group_pending_entries", "stream"), "{{stream}}")],
            ),
        ),
        (
            Panel(
                "Jobs by result",
                "What became of reserved comments, a second.",
                "cps",
                [Query(rate("jobs_total", "stream, result"), "{{stream}} {{result}}")],
                stacked=True,
            ),
            Panel(
                "Wait in the queue",
                "From queueing to the recorded decision.",
                "s",
                quantiles("job_wait_seconds"),
            ),
        ),
        (
            Panel(
                "Taken over",
                "Comments whose worker was lost, a second.",
                "cps",
                [Query(rate("jobs_reclaimed_total", "stream"), "{{stream}}")],
            ),
            Panel(
                "Scorers' life",
                "Starts, ends and kills of scorer processes, a second.",
                "cps",
                [Query(rate("scorer_events_total", "event"), "{{event}}")],
            ),
        ),
        (
            Panel(
                "Callbacks by result",
                "Attempts a second.",
                "cps",
                [Query(rate("callbacks_total", "result"), "{{result}}")],
                stacked=True,
            ),
            Panel(
                "Receivers' time to answer",
                "One that does not answer is given up on after its time limit.",
                "s",
                quantiles("callback_duration_seconds"),
            ),
        ),
    ),
)
