"""The rules in deploy/prometheus: promtool takes them, and each alert fires when it should."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from moderation.telemetry import Metrics
from tests.ops.alert_cases import CASES, Case
from tests.ops.watched import shortened
from tests.requirements import require

_ROOT = Path(__file__).parents[2]
_PROMETHEUS = _ROOT / "deploy/prometheus"
_RULES = sorted((_PROMETHEUS / "rules").glob("*.yml"))
_TEXTS = ("summary", "description", "runbook_url")


def run(program: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [require(program), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    groups = [g for path in _RULES for g in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def objectives() -> set[str]:
    return {r["labels"]["slo"] for r in rules() if r.get("record") == "moderation_slo:budget"}


def test_promtool_takes_the_configuration_and_the_rules() -> None:
    run("promtool", "check", "config", _PROMETHEUS / "prometheus.yml")
    assert "duplicate" not in run("promtool", "check", "rules", *_RULES)


def test_what_is_shortened_is_each_window_and_wait_and_nothing_else(tmp_path: Path) -> None:
    for path in _RULES:
        (tmp_path / path.name).write_text(shortened(path.read_text(), 60))
    run("promtool", "check", "rules", *sorted(tmp_path.iterdir()))
    rule = "expr: max(a) > 120 and sum_over_time(b:rate5m[1d:5m]) >= 5\n        for: 10m"
    assert shortened(rule, 60) == (
        "expr: max(a) > 120 and sum_over_time(b:rate5m[1440000ms:5000ms]) >= 5\n"
        "        for: 10000ms"
    )


def _test_of(case: Case) -> dict[str, Any]:
    slo = f',slo="{case.slo}"' if case.slo else ""
    firing = f'ALERTS{{alertname="{case.alert}",alertstate="firing"{slo}}}'
    return {
        "name": str(case),
        "interval": "1m",
        "input_series": [{"series": s, "values": v} for s, v in case.series.items()],
        "promql_expr_test": [
            {
                "expr": f"(count({firing}) or vector(0)) > bool 0",
                "eval_time": case.at,
                "exp_samples": [{"labels": "{}", "value": int(case.fires)}],
            }
        ],
    }


@pytest.mark.parametrize("every", ["1m", "4m"])
def test_each_alert_fires_when_it_should_and_only_then(tmp_path: Path, every: str) -> None:
    written = tmp_path / "cases.yml"
    tests = [_test_of(case) for case in CASES if (every == "4m") is case.takes_days]
    paths = [str(path) for path in _RULES]
    document = {"rule_files": paths, "evaluation_interval": every, "tests": tests}
    written.write_text(yaml.safe_dump(document, sort_keys=False, width=1000))
    run("promtool", "test", "rules", written)


def test_no_alert_lacks_a_case_that_fires_or_one_that_does_not() -> None:
    names = {rule["alert"] for rule in alerts()}
    assert {case.alert for case in CASES if case.fires} == names
    assert {case.alert for case in CASES if not case.fires} == names
    tried = {case.slo for case in CASES if case.alert == "ErrorBudgetBurn14x"}
    assert tried == objectives()


def headings() -> set[str]:
    text = (_ROOT / "docs/runbook.md").read_text()
    return {found.lower() for found in re.findall(r"^## (\S+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_whose_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["labels"]["team"] in {"service", "moderation"}
    said = rule["annotations"]
    assert set(said) == set(_TEXTS)
    # Only closed labels and figures: no id and no text can come in.
    for used in re.findall(r"\{\{(.*?)\}\}", " ".join(said.values())):
        assert re.fullmatch(r" \$(labels\.(slo|job|stream)|value( \| humanize\w+)?) ", used)
    page, anchor = said["runbook_url"].split("#")
    assert page == "docs/runbook.md"
    named = objectives() if "{{" in anchor else {anchor}
    assert named <= headings()


def test_the_runbook_has_an_entry_for_nothing_else() -> None:
    fixed = {r["alert"].lower() for r in alerts() if not r["alert"].startswith("ErrorBudget")}
    assert headings() == fixed | objectives()


def test_rules_ask_for_metrics_that_there_are() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    there = {
        found + suffix
        for family in Metrics().registry.collect()
        for found in [family.name]
        for suffix in {"counter": ("_total",), "histogram": ("_bucket", "_count")}.get(
            family.type, ("",)
        )
    }
    for rule in rules():
        asked = set(re.findall(r"moderation[\w:]*", re.sub(r'"[^"]*"', "", rule["expr"])))
        assert asked <= there | recorded, rule.get("alert") or rule["record"]


def test_buckets_hold_the_bounds_of_the_objectives() -> None:
    metrics = Metrics()
    asked = re.findall(r'(\w+)_bucket\{le="([\d.]+)"\}', "".join(p.read_text() for p in _RULES))
    assert asked
    for name, bound in asked:
        [family] = [f for f in metrics.registry.collect() if f.name == name]
        family_of = {sample.labels["le"] for sample in family.samples if "le" in sample.labels}
        if not family_of:  # labelled: it has samples from the first observation on
            metrics.decision_duration.labels("approve").observe(1)
            [family] = [f for f in metrics.registry.collect() if f.name == name]
            family_of = {sample.labels["le"] for sample in family.samples if "le" in sample.labels}
        assert bound in family_of, name
