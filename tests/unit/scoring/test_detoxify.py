"""The Detoxify scorer: the library's own scores, no pickles, no network, no silent cut."""

from __future__ import annotations

import socket
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra `detoxify` is not installed")
pytest.importorskip("detoxify", reason="the extra `detoxify` is not installed")

from detoxify import Detoxify  # noqa: E402
from detoxify.detoxify import MODEL_URLS  # noqa: E402

from moderation.scoring.detoxify import DetoxifyScorer, _window_size  # noqa: E402
from moderation.scoring.scorer import ScorerUnavailableError  # noqa: E402
from tests.fakes import tiny_detoxify  # noqa: E402

TEXT = "you are an idiot"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a local checkpoint asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_detoxify.build(tmp_path_factory.mktemp("tiny"))


def test_it_scores_as_the_library_does(checkpoint: Path, tmp_path: Path) -> None:
    scorer = DetoxifyScorer.local(checkpoint, checkpoint.parent)
    folder = tmp_path / "whole"  # where the library finds what it would ask the hub for
    original = Detoxify(
        checkpoint=str(tiny_detoxify.build(folder, model_type=str(folder), num_classes=6)),
        huggingface_config_path=None,
    )
    assert scorer.labels == tuple(original.class_names)
    for text in (TEXT, "", "good day to all!"):
        assert scorer.score(text) == pytest.approx(original.predict(text), abs=1e-6)


def test_the_labels_follow_the_checkpoint(tmp_path: Path) -> None:
    classes = ("toxicity", "severe_toxicity", "sexual_explicit")
    scorer = DetoxifyScorer.local(tiny_detoxify.build(tmp_path, classes), tmp_path)
    assert scorer.labels == classes
    assert tuple(scorer.score(TEXT)) == classes


def test_the_version_is_the_checkpoints_content(checkpoint: Path, tmp_path: Path) -> None:
    one = DetoxifyScorer.local(checkpoint, checkpoint.parent).model
    other = DetoxifyScorer.local(tiny_detoxify.build(tmp_path, ("toxic",)), tmp_path).model
    assert one.name == other.name == "detoxify-tiny"
    assert one.version != other.version


class Trap:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_a_checkpoint_that_would_run_code_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    torch.save({"config": Trap(sprung), "state_dict": {}}, tmp_path / "trap.ckpt")
    with pytest.raises(ScorerUnavailableError, match="it asks to call getattr while it is read"):
        DetoxifyScorer.local(tmp_path / "trap.ckpt", checkpoint.parent)
    assert not sprung.exists()


def saved(folder: Path, content: object) -> Path:
    torch.save(content, folder / "other.ckpt")
    return folder / "other.ckpt"


def test_weights_that_are_missing_are_not_made_up(checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    weights = OrderedDict(content["state_dict"])
    del weights["classifier.weight"]
    damaged = saved(tmp_path, content | {"state_dict": weights})
    with pytest.raises(ScorerUnavailableError, match="lacks 1 of the model's weights"):
        DetoxifyScorer.local(damaged, checkpoint.parent)


@pytest.mark.parametrize("content", [{}, {"config": {}, "state_dict": {}}, [1, 2]])
def test_another_file_of_tensors_is_no_checkpoint(
    checkpoint: Path, tmp_path: Path, content: object
) -> None:
    with pytest.raises(ScorerUnavailableError, match="not a checkpoint in Detoxify's format"):
        DetoxifyScorer.local(saved(tmp_path, content), checkpoint.parent)


@pytest.mark.parametrize("name", ["model_name", "tokenizer_name"])
def test_only_text_classifiers_are_built(tmp_path: Path, name: str) -> None:
    checkpoint = tiny_detoxify.build(tmp_path, **{name: "pipeline"})
    with pytest.raises(ScorerUnavailableError, match="no text classifier"):
        DetoxifyScorer.local(checkpoint, tmp_path)


def test_missing_files_are_said(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ScorerUnavailableError, match="FileNotFoundError"):
        DetoxifyScorer.local(tmp_path / "none.ckpt", checkpoint.parent)
    with pytest.raises(ScorerUnavailableError, match="not a folder"):
        DetoxifyScorer.local(checkpoint, tmp_path / "none")
    with pytest.raises(ScorerUnavailableError, match=r"tiny\.ckpt"):
        DetoxifyScorer.local(checkpoint, tmp_path)


def test_a_text_can_not_spell_the_models_own_marks(checkpoint: Path) -> None:
    scorer = DetoxifyScorer.local(checkpoint, checkpoint.parent)
    marks = scorer._encode("")
    assert len(marks) == 2
    assert not set(marks) & set(scorer._encode("[CLS] you [SEP] are [PAD]")[1:-1])


@pytest.fixture
def published(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published model of our own: what the library's address leads to, on this disk."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    built = tiny_detoxify.build(folder, model_type=str(folder))
    digest = sha256(built.read_bytes()).hexdigest()[:8]
    address = built.rename(folder / f"toxic_original-{digest}.ckpt")
    monkeypatch.setitem(MODEL_URLS, "original", address.as_uri())
    return address


def test_a_published_model_is_fetched_by_name(published: Path) -> None:
    scorer = DetoxifyScorer.published("original")
    assert scorer.model.name == "detoxify-original"
    assert scorer.model.version == published.stem.rpartition("-")[2]
    assert set(scorer.score(TEXT)) == set(scorer.labels)


def test_a_published_model_that_is_another_is_refused(published: Path) -> None:
    content = bytearray(published.read_bytes())
    content[-1] ^= 1
    published.write_bytes(content)
    with pytest.raises(ScorerUnavailableError, match="invalid hash value"):
        DetoxifyScorer.published("original")


def test_a_published_model_that_is_out_of_reach_is_said(published: Path) -> None:
    published.unlink()
    with pytest.raises(ScorerUnavailableError, match="detoxify:original"):
        DetoxifyScorer.published("original")


class Facts:
    def __init__(self, **facts: object) -> None:
        self.__dict__.update(facts)


@pytest.mark.parametrize(
    ("kind", "positions", "longest", "size"),
    [
        ("bert", 512, 512, 512),
        ("roberta", 514, 512, 512),
        ("xlm-roberta", 514, int(1e30), 512),
        ("bert", 64, int(1e30), 64),
    ],
)
def test_the_window_is_what_the_model_can_read(
    kind: str, positions: int, longest: int, size: int
) -> None:
    config = Facts(model_type=kind, max_position_embeddings=positions, pad_token_id=1)
    assert _window_size(config, Facts(model_max_length=longest)) == size
