"""The dashboard of whoever leads the moderators: what waits for people, and how they get on."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, highest, quantiles, rate

BOARD = Board(
    uid="moderation-moderators",
    title="Moderation: moderators",
    says="What waits for a person and what people did. Nobody is counted by name.",
    rows=(
        (
            Panel(
                "Held",
                "Comments that wait for a person.",
                "short",
                [Query(highest("held_comments"), "held")],
                number=True,
            ),
            Panel(
                "Oldest held",
                "An alert is sent from four hours on.",
                "s",
                [Query(highest("held_oldest_seconds"), "oldest")],
                number=True,
            ),
            Panel(
                "Open appeals",
                "Authors who wait for an answer.",
                "short",
                [Query(highest("appeals_open"), "open")],
                number=True,
            ),
            Panel(
                "Oldest appeal",
                "How long its author has waited.",
                "s",
                [Query(highest("appeals_oldest_seconds"), "oldest")],
                number=True,
            ),
        ),
        (
            Panel(
                "Held, by reason",
                "One comment with two reasons is under both.",
                "short",
                [Query(highest("held_items", "reason") + " > 0", "{{reason}}")],
            ),
            Panel(
                "How urgent",
                "Waiting and severity of held comments, as waiting.",
                "s",
                [Query(highest("held_priority_seconds", "share"), "{{share}}")],
            ),
        ),
        (
            Panel(
                "What people did",
                "Acts a second.",
                "cps",
                [Query(rate("reviews_total", "action"), "{{action}}")],
                stacked=True,
            ),
            Panel(
                "Refused",
                "Decisions on what had changed meanwhile, or that need another person.",
                "cps",
                [Query(rate("review_conflicts_total", "reason"), "{{reason}}")],
            ),
        ),
        (
            Panel(
                "Waited for a person",
                "From receipt to a person's decision.",
                "s",
                quantiles("review_wait_seconds"),
            ),
            Panel(
                "Time for one comment",
                "From taking a comment up to its decision.",
                "s",
                quantiles("review_handling_seconds"),
            ),
        ),
        (
            Panel(
                "Reversals",
                "People's decisions on people's decisions, a second.",
                "cps",
                [Query(rate("reversals_total"), "reversals")],
            ),
            Panel(
                "Appeals",
                "By what became of them, a second.",
                "cps",
                [Query(rate("appeals_total", "result"), "{{result}}")],
            ),
            Panel(
                "Sign-ins",
                "By result, a second.",
                "cps",
                [Query(rate("login_attempts_total", "result"), "{{result}}")],
            ),
        ),
    ),
)
