"""deploy/k8s: it builds, the schemas know all of it, and its parts name each other rightly."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import redis
import yaml

from moderation import __version__
from moderation.configuration import load
from moderation.settings import Settings
from moderation.store import keys
from tests.deploy import prometheus_rule, test_compose
from tests.deploy.dockerfile import DOCKERFILE
from tests.deploy.parts import ROLES
from tests.requirements import require, skip_or_fail

DIRECTORY = DOCKERFILE.parent / "deploy/k8s"
CRDS = Path(__file__).with_name("crds")
#: The oldest that knows everything used here (a pause before the stop), and the newest known.
_VERSIONS = ("1.30", kubernetes_validate.latest_version())

#: How many scoring processes a role's pod may have, and what the role itself takes (measured: 82).
_SCORING: dict[str, Callable[[Settings], int | None]] = {
    "api": lambda settings: settings.api.scorer_processes,
    "worker": lambda settings: settings.scorer.processes,
    "notifier": lambda _: 0,
}
_OWN_MB = 120

Resource = dict[str, Any]


@cache
def built(name: str) -> list[Resource]:
    """Return the resources of a kustomization."""
    command = [require("kubectl"), "kustomize", DIRECTORY / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of_kind(kind: str, name: str = "example") -> list[Resource]:
    return [resource for resource in built(name) if resource["kind"] == kind]


def is_custom(resource: Resource) -> bool:
    return resource["apiVersion"].split("/")[0] in {"keda.sh", "monitoring.coreos.com"}


def role_of(resource: Resource) -> str:
    return str(resource["metadata"]["labels"]["app.kubernetes.io/component"])


def pods() -> dict[str, Resource]:
    """Return each role's pod template."""
    return {role_of(one): one["spec"]["template"] for one in of_kind("Deployment")}


def containers() -> dict[str, Resource]:
    return {role: pod["spec"]["containers"][0] for role, pod in pods().items()}


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("name", ["base", "example"])
def test_the_schemas_know_every_field(name: str, version: str) -> None:
    own = [resource for resource in built(name) if not is_custom(resource)]
    assert len(own) >= 6
    for resource in own:
        kubernetes_validate.validate(resource, version, strict=True)


def test_the_custom_resources_are_valid() -> None:
    custom = [resource for resource in built("example") if is_custom(resource)]
    assert {one["kind"] for one in custom} >= {
        "ScaledObject",
        "TriggerAuthentication",
        "PodMonitor",
    }
    if not (CRDS / "node_modules").is_dir():
        skip_or_fail("the schemas of custom resources are not installed (npm)")
    found = validated(custom)
    assert (found.returncode, found.stderr) == (0, "")
    broken = custom[0] | {"spec": {"triggers": [{"metadata": {"lagCount": 5}}]}}
    assert validated([broken]).returncode == 1


def validated(resources: list[Resource]) -> subprocess.CompletedProcess[str]:
    command = [require("node"), str(CRDS / "validate.mjs")]
    given = json.dumps(resources)
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def test_the_example_has_every_component() -> None:
    example = yaml.safe_load((DIRECTORY / "example/kustomization.yaml").read_text())
    there = {path.name for path in (DIRECTORY / "components").iterdir()}
    assert {Path(one).name for one in example["components"]} == there


def test_the_rules_are_prometheus_own() -> None:
    """Else: python -m tests.deploy.prometheus_rule."""
    assert prometheus_rule.FILE.read_text() == prometheus_rule.made()


def test_each_role_runs_as_compose_runs_it_from_the_image_of_this_version() -> None:
    assert set(containers()) == set(ROLES)
    for role, container in containers().items():
        command = [str(word) for word in test_compose.services()[role]["command"]]
        command[-1] = "/etc/moderation/moderation.toml"
        assert container["args"] == command
        assert container["image"] == f"moderation:{__version__}"
        assert test_compose.services()[role]["image"] == f"moderation:{__version__}"


def test_pods_are_what_the_strictest_namespace_lets_in() -> None:
    (namespace,) = of_kind("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod in pods().values():
        (container,) = pod["spec"]["containers"]
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["runAsUser"] == 10001
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_no_variable_of_the_cluster_is_read_as_a_setting() -> None:
    """A service `moderation-api` would set MODERATION_API_PORT for every pod beside it."""
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in pods().values())
    (config_map,) = of_kind("ConfigMap")
    settings = load(None, config_map["data"])
    for role, container in containers().items():
        named = container["envFrom"][0]["configMapRef"]["name"]
        assert named == config_map["metadata"]["name"]
        processes = _SCORING[role](settings)
        assert processes is not None
        limit = _megabytes(container["resources"]["limits"]["memory"])
        assert _OWN_MB + processes * settings.scorer.max_rss_mb < limit


def _megabytes(quantity: str) -> int:
    number, unit = int(quantity[:-2]), quantity[-2:]
    return number * {"Mi": 1, "Gi": 1024}[unit]


def test_probes_ask_what_the_operators_port_answers() -> None:
    for container in containers().values():
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert ports["ops"] == load(None, {}).ops.port
        for kind, path in (("startup", "startupz"), ("readiness", "readyz"), ("liveness", "livez")):
            asked = container[f"{kind}Probe"]["httpGet"]
            assert asked == {"path": f"/{path}", "port": "ops"}
    assert {"name": "http", "containerPort": load(None, {}).api.port} in containers()["api"][
        "ports"
    ]


def _matches(selector: Resource, labels: Resource) -> bool:
    return selector.items() <= labels.items()


def test_every_selector_finds_its_pods() -> None:
    labels = {role: pod["metadata"]["labels"] for role, pod in pods().items()}
    selectors = [
        *((one, one["spec"]["selector"]) for one in of_kind("Service")),
        *((one, one["spec"]["selector"]["matchLabels"]) for one in of_kind("Deployment")),
        *((one, one["spec"]["selector"]["matchLabels"]) for one in of_kind("PodDisruptionBudget")),
    ]
    assert len(selectors) == 7
    for resource, selector in selectors:
        found = [role for role, own in labels.items() if _matches(selector, own)]
        assert found == [role_of(resource)], resource["metadata"]["name"]
    for kind, field in (("PodMonitor", "selector"), ("NetworkPolicy", "podSelector")):
        everybody = of_kind(kind)[0]["spec"][field]["matchLabels"]
        assert all(_matches(everybody, own) for own in labels.values())


def test_a_worker_reaches_names_and_redis_only() -> None:
    ports = [
        port["port"]
        for policy in of_kind("NetworkPolicy")
        if _matches(
            policy["spec"]["podSelector"]["matchLabels"], pods()["worker"]["metadata"]["labels"]
        )
        for rule in policy["spec"]["egress"]
        for port in rule["ports"]
    ]
    assert sorted(ports) == [53, 53, 6379]


def test_what_scales_says_how_many_and_the_deployment_does_not() -> None:
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind("ScaledObject")}
    scaled |= {one["spec"]["scaleTargetRef"]["name"] for one in of_kind("HorizontalPodAutoscaler")}
    for one in of_kind("Deployment"):
        assert ("replicas" in one["spec"]) is (one["metadata"]["name"] not in scaled)
    assert of_kind("ScaledObject")[0]["spec"]["minReplicaCount"] == 1


def test_workers_follow_the_streams_that_the_store_writes() -> None:
    triggers = of_kind("ScaledObject")[0]["spec"]["triggers"]
    streams = {trigger["metadata"]["stream"] for trigger in triggers}
    assert streams == {keys.queue(0, lane) for lane in keys.LANES}
    assert all(isinstance(one, str) for trigger in triggers for one in trigger["metadata"].values())


def test_a_groups_lag_is_unknown_where_a_waiting_comment_went(redis_server_url: str) -> None:
    """Why the workers follow the streams' length: the server's answer, not ours."""
    with redis.Redis.from_url(redis_server_url, decode_responses=True) as server:
        stream = keys.queue(0, "n")
        server.xgroup_create(stream, keys.GROUP, "0", mkstream=True)
        waiting = [server.xadd(stream, {"id": str(number)}) for number in range(3)]
        assert server.xinfo_groups(stream)[0]["lag"] == 3
        server.xdel(stream, waiting[1])
        assert server.xinfo_groups(stream)[0]["lag"] is None
        assert server.xlen(stream) == 2
