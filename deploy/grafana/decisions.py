"""The dashboard of the model: what is decided, by what, how fast, and whether that has changed."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, highest, quantiles, rate

_REMEMBERED = rate("score_cache_requests_total", where='result="hit"')
_KNOWN = f"({_REMEMBERED} or vector(0)) / ({rate('score_cache_requests_total')} > 0)"

BOARD = Board(
    uid="moderation-decisions",
    title="Moderation: model and decisions",
    says="Outcomes and their sources, scores against their thresholds, and the scorer's work.",
    rows=(
        (
            Panel(
                "Held (1 h)",
                "Of what the machine decided, the share that waits for a person.",
                "percentunit",
                [Query("moderation:held_ratio:rate1h", "held")],
                number=True,
            ),
            Panel(
                "Without a score",
                "Of what the machine decided, the share held because no score came.",
                "percentunit",
                [
                    Query(
                        "moderation:machine_fallbacks:rate5m "
                        "/ (moderation:machine_decisions:rate5m > 0)",
                        "no score",
                    )
                ],
                number=True,
            ),
            Panel(
                "Known scores",
                "Of the scored texts, the share whose score was remembered.",
                "percentunit",
                [
                    Query(
                        _KNOWN,
                        "remembered",
                    )
                ],
                number=True,
            ),
            Panel(
                "Model",
                "Name and version of what scores now; the number counts its processes.",
                "short",
                [
                    Query(
                        'count by (name, version) (moderation_model_info{name!=""})',
                        "{{name}} {{version}}",
                    )
                ],
                number=True,
            ),
        ),
        (
            Panel(
                "Decisions by outcome and source",
                "Only people reject.",
                "cps",
                [Query(rate("decisions_total", "outcome, source"), "{{outcome}} by {{source}}")],
                stacked=True,
            ),
            Panel(
                "Share held",
                "In the last hour and the last day: apart from each other, something changed.",
                "percentunit",
                [
                    Query("moderation:held_ratio:rate1h", "last hour"),
                    Query("moderation:held_ratio:rate1d", "last day"),
                ],
            ),
        ),
        (
            Panel(
                "Scores (p90)",
                "By label: a step without a new model is a change in what people write.",
                "percentunit",
                [
                    Query(
                        f"histogram_quantile(0.9, {rate('score_bucket', 'le, label')})", "{{label}}"
                    )
                ],
            ),
            Panel(
                "Thresholds",
                "From which score on the first site's policy holds, by label.",
                "percentunit",
                [Query(highest("policy_threshold_ratio", "label"), "{{label}}")],
            ),
        ),
        (
            Panel(
                "Time for one text",
                "The scorer's own, without waiting for it.",
                "s",
                quantiles("inference_duration_seconds"),
            ),
            Panel(
                "Texts without a score",
                "By why; all of them are held.",
                "cps",
                [Query(rate("inference_errors_total", "reason"), "{{reason}}")],
            ),
        ),
    ),
)
