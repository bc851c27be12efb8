"""`moderation shadow-perspective report`: from the lines that were kept to the thresholds."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from moderation.cli.shadow_perspective import FILE
from moderation.domain.perspective_pair import Calls, Fate, Pair
from tests.unit.cli.conftest import Run


@pytest.fixture
def file(data: Path) -> Path:
    data.mkdir()
    return data / FILE


def pairs(count: int, model: str = "m 1", day: str = "2026-11-23") -> list[str]:
    """Return lines in which the model here has half of Perspective's scores."""
    return [
        Pair(day, model, {"TOXICITY": (at, at // 2), "FLIRTATION": (at, None)}).line()
        for at in (1000 * number // count for number in range(count))
    ]


def test_it_finds_the_threshold_of_the_same_share(run: Run, data: Path, file: Path) -> None:
    met = Calls("2026-11-24", {Fate.COMPARED: 500, Fate.OWN: 3, Fate.DO_NOT_STORE: 7}).line()
    old, torn = pairs(20, model="m 0"), '{"on":"2026'
    file.write_text("".join([*old, *pairs(250), *pairs(250, day="2026-11-24"), met, torn]))
    out = data / "report"
    said = run("shadow-perspective", "report", "--data", data, "--out", out,
               "--threshold", "TOXICITY=0.8", "--threshold", "TOXICITY=0.95",
               "--threshold", "INSULT=0.8")  # fmt: skip
    assert said.exit_code == 0, said.output
    found = json.loads((out / "report.json").read_text())
    assert (found["model"], found["compared"], found["of_other_models"]) == ("m 1", 500, 20)
    assert (found["from"], found["to"]) == ("2026-11-23", "2026-11-24")
    assert found["unreadable_lines"] == 1
    assert found["calls"] == {"compared": 500, "own": 3, "do_not_store": 7}
    assert found["not_served"] == {"FLIRTATION": 500}
    row = found["thresholds"]["TOXICITY 0.8"]
    assert row["threshold here"]["value"] == pytest.approx(0.4, abs=0.002)
    assert row["at the threshold here"] == {
        "both": 100, "only Perspective": 0, "only here": 0, "neither": 400,
    }  # fmt: skip
    assert row["at the same number"]["only Perspective"] == 100
    assert found["agreement"]["TOXICITY"]["Spearman"]["value"] > 0.99
    assert found["thresholds"]["TOXICITY 0.95"]["threshold here"] is None
    assert "Too few comments for advice (at least 30 over the threshold): TOXICITY 0.95 (24)." in (
        " ".join(said.stdout.split())
    )
    assert "no scores of INSULT were kept" in said.stderr
    page = (out / "report.md").read_text()
    for expected in ("**answered by the model here**", "FLIRTATION (500)", "# Perspective and m 1",
                     "20 calls were compared with other models"):  # fmt: skip
        assert expected in page
    for name in ("thresholds", "agreement"):
        assert f"({name}.svg)" in page
        ET.parse(out / f"{name}.svg")


def test_without_a_threshold_the_usual_ones_are_looked_at(run: Run, data: Path, file: Path) -> None:
    file.write_text("".join(pairs(200)))
    said = run("shadow-perspective", "report", "--data", data, "--out", data / "report")
    rows = [line.split(" | ")[0] for line in said.stdout.splitlines() if line.startswith("| TOX")]
    assert rows == ["| TOXICITY 0.7", "| TOXICITY 0.8", "| TOXICITY 0.9"]


def test_where_the_model_has_none_of_the_attributes_it_says_which(
    run: Run, data: Path, file: Path
) -> None:
    file.write_text(Pair("2026-11-23", "m 1", {"FLIRTATION": (120, None)}).line())
    said = run("shadow-perspective", "report", "--data", data, "--out", data / "report")
    assert said.exit_code == 0, said.output
    assert "not served here: FLIRTATION (1)" in (data / "report" / "report.md").read_text()


def test_with_nothing_compared_it_says_so(run: Run, data: Path, file: Path) -> None:
    none = run("shadow-perspective", "report", "--data", data)
    assert (none.exit_code, none.stdout) == (1, "")
    assert "nothing was compared yet" in none.stderr
    file.write_text(Calls("2026-11-24", {Fate.FAILED: 3}).line())
    none = run("shadow-perspective", "report", "--data", data)
    assert (none.exit_code, none.stdout) == (1, "")
    assert "has no comparison yet" in none.stderr


@pytest.mark.parametrize("said", ["TOXICITY", "TOXICITY=1.5", "TOXICITY=0.8555", "a b=0.5"])
def test_a_threshold_is_a_name_and_a_number(run: Run, data: Path, said: str) -> None:
    refused = run("shadow-perspective", "report", "--data", data, "--threshold", said)
    assert refused.exit_code == 2
    assert "TOXICITY=0.8" in refused.stderr


@pytest.mark.parametrize(
    "said",
    [
        "commentanalyzer.googleapis.com",
        "ftp://a.example",
        "https://user:secret@a.example",
        "https://a.example/?key=secret",
    ],
)
def test_perspectives_address_is_a_plain_one(run: Run, data: Path, said: str) -> None:
    refused = run("shadow-perspective", "--data", data, "--upstream", said)
    assert refused.exit_code == 2
    assert "secret" not in refused.output
