"""`python -m tests.deploy.prometheus_rule`: deploy/prometheus's rules as the operator's resource.

The rules are written once, in deploy/prometheus/rules; Kustomize cannot read them from there.
"""

from __future__ import annotations

from typing import Any

import yaml

from tests.deploy.dockerfile import DOCKERFILE

_DEPLOY = DOCKERFILE.parent / "deploy"
FILE = _DEPLOY / "k8s/components/rules/rules.yaml"
_HEAD = "# Made from deploy/prometheus/rules by `python -m tests.deploy.prometheus_rule`.\n"


def made() -> str:
    """Return the resource as text."""
    groups: list[dict[str, Any]] = [
        group
        for file in sorted((_DEPLOY / "prometheus/rules").glob("*.yml"))
        for group in yaml.safe_load(file.read_text())["groups"]
    ]
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "moderation"},
        "spec": {"groups": groups},
    }
    return _HEAD + yaml.safe_dump(resource, sort_keys=False, width=100, allow_unicode=True)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(made())
