"""What every scorer must do, whichever model is behind it; one suite for all backends."""

from __future__ import annotations

import importlib.util
import random
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from moderation.domain.scores import Scored, Scores, checked
from moderation.scoring import registry
from moderation.scoring.onnx import read_manifest
from moderation.scoring.scorer import Scorer
from moderation.scoring.supervisor import ScorerPool
from moderation.scoring.windows import TextTooLongError

#: Each is one token to both tokenizers, so that a text's windows are known by its words.
WORDS = ("you", "are", "an", "idiot", "good", "day", "to", "all")

TEXTS = {
    "empty": "",
    "space": " \t\r\n ",
    "plain": "Thank you, that was helpful.",
    "abuse": "you are an idiot",
    "fullwidth": "\uff59\uff4f\uff55 are an \uff49\uff44\uff49\uff4f\uff54",
    "emoji": "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 😀",
    "nul": "a\x00b\x00",
    "controls": "\x01\x02\x1b[31mred\x7f",
    "right to left": "שלום לכולם \u202eabc\u202c مرحبا",
    "lone surrogate": "a\ud83d b\udc00",
    "combining": "e" + "\u0301" * 500,
    "one long word": "a" * 20_480,
    "full length": ("you are an idiot to all 👍 é. " * 800)[:20_480],
}


@dataclass(frozen=True)
class Backend:
    """A loaded scorer, its spec, and how far its windows reach and advance in tokens of text."""

    spec: str
    scorer: Scorer
    room: int
    step: int


def _onnx() -> Backend:
    directory = registry.default_model_dir()
    manifest = read_manifest(directory)
    room = manifest.max_tokens - 2
    spec = f"onnx:{directory}"
    return Backend(spec, registry.load(spec, threads=1), room, room - manifest.stride)


def _detoxify(folder: Path) -> Backend:
    if not importlib.util.find_spec("detoxify"):
        pytest.skip("the extra `detoxify` is not installed")
    from tests.fakes import tiny_detoxify

    spec = f"detoxify:{tiny_detoxify.build(folder)}@{folder}"
    room = tiny_detoxify.POSITIONS - 2
    step = room - tiny_detoxify.POSITIONS // 4
    return Backend(spec, registry.load(spec, threads=1), room, step)


def _exported(folder: Path) -> Backend:
    original = _detoxify(folder)
    for module in ("onnx", "onnxscript"):
        if not importlib.util.find_spec(module):
            pytest.skip("the extra `train` is not installed")
    from moderation.training.convert import convert

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's and the quantiser's own coming changes
        folders = convert(original.scorer, folder / "served", forms=("int8",), thresholds={})
    spec = f"onnx:{folders['int8']}"
    return Backend(spec, registry.load(spec, threads=1), original.room, original.step)


@pytest.fixture(scope="module", params=["onnx", "detoxify", "exported"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    if request.param == "onnx":
        return _onnx()
    build = {"detoxify": _detoxify, "exported": _exported}[request.param]
    return build(tmp_path_factory.mktemp("tiny"))


def alike(scores: Scores) -> object:
    return pytest.approx(scores, abs=1e-4)


def test_it_says_what_it_is(backend: Backend) -> None:
    assert backend.scorer.model.name
    assert backend.scorer.model.version
    assert "toxicity" in backend.scorer.labels
    assert len(set(backend.scorer.labels)) == len(backend.scorer.labels)


@pytest.mark.parametrize("kind", TEXTS)
def test_any_text_has_a_probability_for_each_label(backend: Backend, kind: str) -> None:
    scores = backend.scorer.score(TEXTS[kind])
    assert list(checked(scores, backend.scorer.labels)) == list(backend.scorer.labels)


def test_texts_differ_in_their_scores(backend: Backend) -> None:
    scores = [backend.scorer.score(TEXTS[kind])["toxicity"] for kind in ("plain", "abuse", "emoji")]
    assert len(set(scores)) == 3


def test_a_score_does_not_depend_on_what_was_scored_before(backend: Backend) -> None:
    texts = [text for text in TEXTS.values() if len(text) < 1000]
    first = {text: backend.scorer.score(text) for text in texts}
    for seed in range(3):
        for text in random.Random(seed).sample(texts, len(texts)):
            assert backend.scorer.score(text) == alike(first[text])


def test_a_disguise_lowers_no_score(backend: Backend) -> None:
    plain = backend.scorer.score(TEXTS["abuse"])
    disguised = backend.scorer.score(TEXTS["fullwidth"])
    assert all(disguised[label] >= plain[label] - 1e-4 for label in plain)


@pytest.mark.parametrize("windows", [1, 2, 3])
@pytest.mark.parametrize("extra", [0, 1, 7])
def test_a_long_text_scores_as_its_worst_window(backend: Backend, windows: int, extra: int) -> None:
    dice = random.Random(windows)
    words = dice.choices(WORDS, k=backend.room + (windows - 1) * backend.step + extra)
    starts = range(0, len(words) - backend.room + backend.step, backend.step)
    parts = [" ".join(words[start : start + backend.room]) for start in starts]
    scores = [backend.scorer.score(part) for part in parts]
    worst = {label: max(part[label] for part in scores) for label in backend.scorer.labels}
    assert backend.scorer.score(" ".join(words)) == alike(worst)


def test_a_text_of_too_many_windows_is_refused_without_a_word_of_it(backend: Backend) -> None:
    with pytest.raises(TextTooLongError) as refused:
        backend.scorer.score("\u2057" * 20_480)  # reads as four quotation marks each
    assert str(refused.value) == "the text has more than 128 windows"


async def test_a_child_process_gives_the_same_scores(backend: Backend) -> None:
    """Another process, another run: the pool's answers are the scorer's own."""
    texts = [text for text in TEXTS.values() if len(text) < 1000]
    pool = ScorerPool(backend.spec, timeout_s=60, start_timeout_s=120)
    await pool.start()
    try:
        assert await pool.wait_ready(120), pool.failure
        outcomes = await pool.score(texts)
    finally:
        await pool.stop()
    assert pool.labels == backend.scorer.labels
    for text, outcome in zip(texts, outcomes, strict=True):
        assert isinstance(outcome, Scored)
        assert outcome.model == backend.scorer.model
        assert outcome.scores == alike(backend.scorer.score(text))
