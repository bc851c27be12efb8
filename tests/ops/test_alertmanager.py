"""deploy/alertmanager: amtool takes it, and each alert goes to those whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ops.test_rules import _ROOT, alerts, run

_CONFIG = _ROOT / "deploy/alertmanager/alertmanager.yml"


def test_amtool_takes_the_configuration() -> None:
    run("amtool", "check-config", _CONFIG)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_goes_to_whom_it_concerns(rule: dict[str, Any]) -> None:
    labels = {"alertname": rule["alert"], **rule["labels"]}
    meant = "moderators" if labels["team"] == "moderation" else labels["severity"]
    given = [f"{name}={value}" for name, value in labels.items()]
    routed = run(
        "amtool", "config", "routes", "test", f"--config.file={_CONFIG}",
        f"--verify.receivers={meant}", *given,
    )  # fmt: skip
    assert meant in routed
