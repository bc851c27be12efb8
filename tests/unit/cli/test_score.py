"""`moderation score`: a line out for each line in, in order, whatever the scorer does to some."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.faulty_scorer import expected
from tests.unit.cli.conftest import Run

FAULTY = "python:tests.fakes.faulty_scorer:"
POLICY = 'name = "mine"\nthresholds = {toxicity = 0.5, insult = 0.5}\n'


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(POLICY)
    return path


def lines(*texts: object) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


def answers(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_each_line_is_answered_in_order_with_its_own_score(run: Run, policy: Path) -> None:
    texts = [f"you are an idiot {number}" for number in range(150)]
    done = run("score", "--scorer", f"{FAULTY}make", "--policy", policy, stdin=lines(*texts))
    assert done.exit_code == 0, done.output
    found = answers(done.stdout)
    assert [answer["scores"] for answer in found] == [expected(text) for text in texts]
    for answer in found:
        high = max(answer["scores"].values()) >= 0.5
        assert answer["decision"] == ("hold" if high else "approve")
        assert answer["reasons"]


def test_what_can_t_be_read_is_held_and_tells_by_the_status(run: Run, policy: Path) -> None:
    bad = [
        b"not json", b"", b"[]", b"3", b'"text"', b"{}", b'{"text": null}', b'{"text": 3}',
        b'{"text": ["a"]}', b'{"text": "\\ud800"}', b'{"text": "\xff"}', b"\xff\xfe",
        b'{"text": "idiot"', b"[" * 100_000,
    ]  # fmt: skip
    stdin = b"\n".join([*bad, lines("a fine day").strip()])
    done = run("score", "--scorer", f"{FAULTY}make", "--policy", policy, stdin=stdin)
    assert done.exit_code == 1
    *held, last = answers(done.stdout)
    assert held == [
        {
            "scores": None,
            "decision": "hold",
            "reasons": [{"code": "invalid_input"}],
            "language": None,
        }
    ] * len(bad)
    assert last["scores"] == expected("a fine day")
    assert done.stderr == ""


def test_a_faulty_scorer_s_lines_are_held_and_the_others_scored(run: Run, policy: Path) -> None:
    faults = {
        "please raise at this idiot": "scorer_error",
        "please crash": "scorer_crashed",
        "please nan": "bad_score",
        "please infinity": "bad_score",
        "please shape": "bad_score",
    }
    texts = ["a fine day", *faults, "another one"]
    done = run("score", "--scorer", f"{FAULTY}make", "--policy", policy, stdin=lines(*texts))
    assert done.exit_code == 0
    for text, answer in zip(texts, answers(done.stdout), strict=True):
        if text in faults:
            assert (answer["decision"], answer["scores"]) == ("hold", None)
            assert [(r["code"], r["detail"]) for r in answer["reasons"]] == [
                ("unscored", faults[text])
            ]
        else:
            assert answer["scores"] == expected(text)
    assert "idiot" not in done.stderr


def test_nothing_in_is_nothing_out(run: Run, policy: Path) -> None:
    done = run("score", "--scorer", f"{FAULTY}make", "--policy", policy)
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("scorer", "why"),
    [
        (f"{FAULTY}never", "made to be unavailable"),
        (f"{FAULTY}fails_to_load", "RuntimeError"),
        ("nothing", "no scorer is named"),
        ("onnx:/nowhere", "nowhere"),
    ],
)
def test_a_scorer_that_can_t_be_had_is_said_at_once(run: Run, scorer: str, why: str) -> None:
    refused = run("score", "--scorer", scorer, stdin=lines("a fine day"))
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert why in refused.stderr.splitlines()[-1]
