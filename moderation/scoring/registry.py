"""From a scorer's name in the settings to a loaded scorer. Nothing is imported before it is asked.

onnx                                  the model that ships with this package
onnx:DIR                              a folder in the same layout
detoxify:original|unbiased|multilingual
detoxify:CHECKPOINT@CONFIG_DIR        a local checkpoint, no network
python:package.module:factory         your own: `factory(threads: int) -> Scorer`
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from moderation.scoring.scorer import Scorer, ScorerUnavailableError

_POSSIBLE = (
    "onnx, onnx:DIR, detoxify:original, detoxify:unbiased, detoxify:multilingual, "
    "detoxify:CHECKPOINT@CONFIG_DIR or python:package.module:factory"
)


def default_model_dir() -> Path:
    """Return the folder of the model that ships with this package."""
    return Path(__file__).parents[1] / "models" / "compact-en"


def load(spec: str, *, threads: int) -> Scorer:
    """Load the scorer that `spec` names, on `threads` CPU threads.

    Raises ScorerUnavailableError when it can't be had here; an operator's own factory may raise
    anything else.
    """
    backend, _, rest = spec.partition(":")
    match backend:
        case "onnx":
            return _onnx(Path(rest) if rest else default_model_dir(), threads)
        case "detoxify" if rest:
            return _detoxify(rest, threads)
        case "python" if rest:
            return _own(rest, threads)
    raise ScorerUnavailableError(f"no scorer is named {spec!r}; possible are {_POSSIBLE}")


def _onnx(directory: Path, threads: int) -> Scorer:
    from moderation.scoring.onnx import OnnxScorer  # noqa: PLC0415 - 0.2 s that others don't need

    return OnnxScorer(directory, threads=threads)


def _detoxify(name: str, threads: int) -> Scorer:
    from moderation.scoring.detoxify import NAMES, DetoxifyScorer  # noqa: PLC0415 - an extra

    if name in NAMES:
        return DetoxifyScorer.published(name, threads=threads)
    checkpoint, at, config_dir = name.rpartition("@")
    if not at:
        raise ScorerUnavailableError(
            f"detoxify has no published model {name!r}; possible are {_POSSIBLE}"
        )
    return DetoxifyScorer.local(Path(checkpoint), Path(config_dir), threads=threads)


def _own(path: str, threads: int) -> Scorer:
    module_name, _, factory_name = path.partition(":")
    try:
        factory = getattr(import_module(module_name), factory_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ScorerUnavailableError(
            f"python:{path} is not python:package.module:factory on the import path ({error})"
        ) from error
    scorer: Scorer = factory(threads=threads)
    return scorer
