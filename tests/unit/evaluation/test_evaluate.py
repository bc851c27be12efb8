"""`moderation evaluate` on made-up sets: what stands in the report, and what never does."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from moderation.cli import main
from moderation.evaluation.goals import GOALS
from tests.unit.evaluation.conftest import WORD_SCORER


def evaluate(data: Path, out: Path, *more: str | Path) -> Result:
    command = ["evaluate", "--data", data, "--scorer", WORD_SCORER, "--out", out, *more]
    return CliRunner().invoke(main, [str(part) for part in command])


@pytest.fixture(scope="module")
def out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    done = evaluate(data, folder)
    assert done.exit_code == 0, done.output
    assert all(goal.title in done.stdout for goal in GOALS)
    return folder


@pytest.fixture(scope="module")
def found(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "model-report" / "report.json").read_text())
    return document


def test_a_scorer_that_knows_the_rude_words_is_right_about_them(found: dict[str, Any]) -> None:
    chapters = found["chapters"]
    natural = chapters["natural"]["decision"]["natural"]
    assert natural["AUC toxicity"]["value"] == natural["positive held"]["value"] == 1.0
    assert natural["others held"]["value"] == 0.0
    labels = chapters["natural"]["labels"]
    assert set(labels) == {"toxicity", "insult"}
    assert labels["insult"]["known"] < labels["toxicity"]["known"]
    assert chapters["news"]["kinds"]["hostile against healthy"]["positive held"]["value"] == 1.0
    assert chapters["perspective"]["agreement"]["toxicity"]["Spearman"] > 0.8


def test_the_group_that_it_dislikes_is_seen(found: dict[str, Any]) -> None:
    identity = found["chapters"]["identity"]
    rates = {name: row["others held"]["value"] for name, row in identity["identities"].items()}
    assert rates == {"muslim": 1.0, "christian": 0, "deaf": 0, "old": 0, "middle aged": 0}
    assert identity["whole"]["all"]["largest gap of others held"] == 1.0
    # Its benign sentences score 0.6, under everybody's toxic ones.
    assert identity["identities"]["muslim"]["BPSN"] == 1.0
    goals = found["chapters"]["goals"]["goals"]
    assert goals["false-hold gap between identities"]["met"] == "**no**"


def test_disguises_cost_recall_and_placing_does_not(found: dict[str, Any]) -> None:
    rows = found["chapters"]["robustness"]["disguises"]
    assert rows["as written"]["recall"]["value"] == 1.0
    assert rows["mixed case"]["points of recall lost"] == 0.0
    assert rows["dots between letters"]["points of recall lost"] == 1.0
    for row in found["chapters"]["long"]["places"].values():
        assert [row[f"held at the {place}"]["value"] for place in ("start", "middle", "end")] == [
            1.0
        ] * 3


def test_errors_are_counted_by_kind(found: dict[str, Any]) -> None:
    kinds = found["chapters"]["misses"]["profanity"]
    assert kinds["with a listed word"]["toxic"] > 0
    assert kinds["with a listed word"]["missed"] == kinds["without one"]["toxic"] == 0


def test_every_text_got_its_score_and_the_model_is_named(found: dict[str, Any]) -> None:
    assert found["unscored"] == 0
    assert found["model"] == {"name": "word-scorer", "version": "7", "sha256": None}


def test_the_same_again_is_the_same_to_the_byte(data: Path, out: Path, tmp_path: Path) -> None:
    assert evaluate(data, tmp_path).exit_code == 0
    files = [path.relative_to(out) for path in out.rglob("*") if path.is_file()]
    assert len(files) >= 6
    for path in files:
        assert (tmp_path / path).read_bytes() == (out / path).read_bytes()


def test_no_text_of_the_data_is_in_what_is_written(data: Path, out: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="the train extra is not installed")
    texts = {
        value.lower()
        for path in data.rglob("*.parquet")
        if path.parent.name != "surge_profanity"
        for row in pq.read_table(path).to_pylist()
        for value in row.values()
        if isinstance(value, str) and len(value.split()) > 2
    }
    assert len(texts) > 1000
    for path in out.rglob("*.*"):
        written = path.read_text().lower()
        assert not [text for text in texts if text in written]


def test_pictures_are_linked_and_are_pictures(out: Path) -> None:
    report = (out / "model-report.md").read_text()
    pictures = list((out / "model-report").glob("*.svg"))
    assert len(pictures) >= 5
    for picture in pictures:
        assert f"(model-report/{picture.name})" in report
        assert ET.parse(picture).getroot().tag.endswith("svg")


def test_another_report_is_shown_beside(data: Path, out: Path, tmp_path: Path) -> None:
    before = json.loads((out / "model-report" / "report.json").read_text())
    before["model"]["version"] = "6"
    natural = before["chapters"]["goals"]["goals"]["natural comments: AUC toxicity"]
    natural["measured"]["value"], natural["met"] = 0.5, "**no**"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(before))
    done = evaluate(data, tmp_path, "--quick", "40", "--compare", other)
    assert done.exit_code == 0, done.output
    row = next(line for line in done.stdout.splitlines() if line.startswith("| natural comments"))
    assert "1.000 (1.000 to 1.000) / 0.500" in row
    assert "yes / **no**" in row
    assert "No goal that the other model met is lost." in done.stdout
    assert "of word-scorer 6" in (tmp_path / "model-report.md").read_text()


def test_a_goal_that_the_other_model_met_and_this_one_does_not_is_named(
    data: Path, out: Path, tmp_path: Path
) -> None:
    before = json.loads((out / "model-report" / "report.json").read_text())
    gap = "false-hold gap between identities"
    before["chapters"]["goals"]["goals"][gap] |= {"measured": 0.01, "met": "yes"}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(before))
    done = evaluate(data, tmp_path, "--quick", "40", "--compare", other)
    assert f"Lost, of what the other model met: {gap}." in done.stdout
    assert f"met: {gap}." in (tmp_path / "model-report.md").read_text()


def test_a_missing_set_is_one_message(data: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    shutil.copytree(data, part, ignore=shutil.ignore_patterns("davidson_tweets"))
    refused = evaluate(part, tmp_path / "out")
    assert refused.exit_code == 1
    assert "davidson_tweets" in refused.output
    assert not (tmp_path / "out").exists()


def test_a_scorer_that_can_t_be_had_is_one_message(data: Path, tmp_path: Path) -> None:
    refused = evaluate(data, tmp_path, "--scorer", "onnx:/nowhere")
    assert refused.exit_code == 1
    assert "no model in /nowhere" in refused.output
