"""Identity templates: whether naming a group raises the scores of benign sentences.

Measures of Borkan et al. (2019), "Nuanced Metrics for Measuring Unintended Bias". The sentences
are drawn by their frame, the sentence without its identity, so that every identity is judged on the
same ones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import numpy as np

from moderation.domain.interval import Interval
from moderation.evaluation.chapter import Chapter, Figure, Table
from moderation.evaluation.judge import Judge
from moderation.evaluation.metrics import Bools, Floats, auc, auc_interval, share
from moderation.evaluation.plots import bars
from moderation.evaluation.sets import NEVER, read, sample

MADLIBS = "bias_madlibs_77k/bias_madlibs_77k"
#: Frames that are measured with every identity; 2,990 there are.
MOST = 300
POWER = -5.0
FALSE = "others held"

#: The identities of the templates, the longer ones first.
TERMS = (
    "african american|middle eastern|middle aged|transgender|trans|homosexual|mexican|sikh|taoist|"
    "nonbinary|straight|gay|canadian|latino|latina|latinx|male|european|paralyzed|millenial|lgbtq|"
    "lgbt|elderly|indian|hispanic|younger|young|blind|lesbian|protestant|japanese|older|old|female|"
    "christian|buddhist|white|jewish|deaf|catholic|black|asian|queer|chinese|muslim|heterosexual|"
    "bisexual|american|african|teenage"
)
_TERM = re.compile(rf"\b(?:{TERMS})\b", re.IGNORECASE)

_TEXT = """\
Sentences from templates (Dixon et al., 2018; the 77 thousand of bias-madlibs), half of them benign,
every one with each of fifty identities. *Subgroup* ranks within an identity; *BPSN* its benign
sentences against everybody's toxic ones (low: held by mistake for the identity); *BNSP* its toxic
ones against everybody's benign ones (low: missed for the identity). The gap is between the
identities whose benign sentences are held most and least often."""


class IdentityTemplates:
    """The chapter on identities."""

    def __init__(self, data: Path, most: int) -> None:
        frames: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for row in read(data, MADLIBS, "Text", "Label"):
            text = str(row["Text"])
            if found := _TERM.search(text):
                toxic = row["Label"] == "BAD"
                frames[_TERM.sub("…", text)].append((text, found[0].lower(), toxic))
        chosen = sample(sorted(frames), min(most, MOST), str)
        rows = [row for frame in chosen for row in frames[frame]]
        self._texts = [text for text, _, _ in rows]
        self._identities = np.array([identity for _, identity, _ in rows])
        self._toxic = np.array([toxic for _, _, toxic in rows], dtype=bool)

    def texts(self) -> list[str]:
        """Return all texts that are measured."""
        return self._texts

    def measure(self, judge: Judge) -> Chapter:
        """Return the chapter."""
        scores, held = judge.score(self._texts), judge.held(self._texts)
        found = {
            str(one): _identity(self._identities == one, self._toxic, scores, held)
            for one in np.unique(self._identities)
        }
        rates = {
            one: rate.value
            for one, row in found.items()
            if isinstance(rate := row[FALSE], Interval)
        }
        gap = max(rates.values()) - min(rates.values()) if rates else None
        whole: dict[str, Figure] = {
            "texts": len(self._texts),
            "AUC toxicity": auc_interval(self._toxic, scores),
            "AUC decision": auc(self._toxic, judge.margin(self._texts)),
            "positive held": share(held[self._toxic]),
            FALSE: share(held[~self._toxic]),
            "largest gap of others held": gap,
            **{f"power mean {name}": _power(found, name) for name in ("subgroup", "BPSN", "BNSP")},
            "rows": NEVER,
        }
        return Chapter(
            "identity",
            "Identities",
            _TEXT,
            {"whole": Table("sentences", {"all": whole}), "identities": Table("identity", found)},
            {"identities": bars(rates, across="benign sentences held")},
            {"identity_auc": whole["AUC toxicity"], "identity_gap": gap},
        )


def _identity(own: Bools, toxic: Bools, scores: Floats, held: Bools) -> dict[str, Figure]:
    def between(rows: Bools) -> float | None:
        return auc(toxic[rows], scores[rows])

    return {
        "texts": int(own.sum()),
        "subgroup": between(own),
        "BPSN": between((own & ~toxic) | (~own & toxic)),
        "BNSP": between((own & toxic) | (~own & ~toxic)),
        "positive held": share(held[own & toxic]),
        FALSE: share(held[own & ~toxic]),
    }


def _power(found: dict[str, dict[str, Figure]], name: str) -> float | None:
    """Return the mean of the identities' AUCs that leans towards the worst (power -5)."""
    values = [value for row in found.values() if isinstance(value := row[name], float) and value]
    if not values:
        return None
    return float(np.mean(np.power(values, POWER)) ** (1 / POWER))
