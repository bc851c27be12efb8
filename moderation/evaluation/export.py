"""An export, from a loaded Detoxify checkpoint to a folder with its report, all or nothing.

A model is put in place only when its float32 graph scores as the Detoxify class does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from moderation.evaluation.parity import compare
from moderation.evaluation.parity_report import LIMIT, Document, document, markdown
from moderation.evaluation.samples import MADE_UP, Sample
from moderation.scoring.detoxify import DetoxifyScorer
from moderation.scoring.onnx import read_manifest
from moderation.training.convert import FILES, convert


class DisagreementError(RuntimeError):
    """The exported graph does not score as the checkpoint does; nothing was put in place."""


def export(
    scorer: DetoxifyScorer,
    out: Path,
    *,
    form: str,
    samples: Sequence[Sample],
    thresholds: Mapping[str, float],
    console: Console,
) -> Document:
    """Write model and report into the folder `out` and return the report.

    It is compared on made-up texts, and on `samples` where there are any. Raises DisagreementError,
    with the report written, when float32 is off by more than LIMIT.
    """
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".export-") as workshop:
        folders = convert(scorer, Path(workshop), forms=(form,), thresholds=thresholds)
        sets = {"made-up texts": MADE_UP} | ({"your texts": samples} if samples else {})
        compared = {name: compare(scorer, folders, one, console) for name, one in sets.items()}
        found = document(read_manifest(folders[form]), compared, forms=list(folders))
        (out / "report.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (out / "report.md").write_text(markdown(found), encoding="utf-8")
        if found["disagreement"] > LIMIT:
            raise DisagreementError(
                f"the float32 graph's scores differ by {found['disagreement']:.1e} from Detoxify's "
                f"where at most {LIMIT:.0e} is arithmetic: nothing was put in place, see "
                f"{out / 'report.md'}"
            )
        for name in FILES:  # the manifest last: until then the folder is refused, never half new
            (folders[form] / name).replace(out / name)
    return found
