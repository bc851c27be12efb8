"""Makes a score a probability at the natural rate of toxicity, and chooses the hold thresholds.

Enriched training data ranks well but shouts: a slope and a bias a label, fitted on natural
comments held out of training, put that right. They are folded into the classifier, so that the
checkpoint, the graph and every loader give the same calibrated score. Nothing here trains.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from transformers import BertForSequenceClassification

Floats = npt.NDArray[np.floating]

#: Pull of a slope towards 1, in comments' worth of loss: with a handful of positives (threats)
#: the bias alone is fitted, with many the pull is not felt.
PULL = 2.0

#: No threshold goes below these, in the order of `LABELS`: a label that is less likely explains a
#: hold to nobody. `toxicity` is asked of every comment; lower floors for the others would hold
#: benign news comments that it lets through.
LEAST_THRESHOLDS = (0.35, 0.5, 0.5, 0.5, 0.5, 0.5)

#: How near to 0 and 1 a float32 score still says something.
CLOSEST = 1e-6


def implied(truth: Floats) -> Floats:
    """Return the labels with what `toxicity` = 0 implies: the unknown others are 0 too.

    Jigsaw's other labels are all but absent where `toxic` is 0 (2 in 100), and natural rows know
    them mostly where they are toxic: leaving such rows out would calibrate on toxic ones alone.
    """
    benign = (truth[:, :1] == 0) & np.isnan(truth)
    return np.where(benign, 0.0, truth)


def logits(scores: Floats) -> Floats:
    """Return what the sigmoid makes these scores of, kept finite."""
    kept = np.clip(scores.astype(np.float64), CLOSEST, 1 - CLOSEST)
    return np.log(kept / (1 - kept))


def platt(logits: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Return a slope and a bias for each label, fitted by maximum likelihood on known labels.

    `logits` and `truth` are (comments, labels); NaN in `truth` is unknown. Source of the method:
    Platt (1999), with the slope kept positive and pulled towards 1.
    """
    fitted = [
        _fit(torch.from_numpy(logits[known, label]), torch.from_numpy(truth[known, label]))
        for label, known in enumerate((~np.isnan(truth)).T)
    ]
    return np.array([slope for slope, _ in fitted]), np.array([bias for _, bias in fitted])


def fold(model: BertForSequenceClassification, slopes: Floats, biases: Floats) -> None:
    """Make the model's own logits the calibrated ones, in place."""
    scale = torch.tensor(slopes, dtype=torch.float32)
    with torch.no_grad():
        model.classifier.weight.mul_(scale[:, None])
        model.classifier.bias.mul_(scale).add_(torch.tensor(biases, dtype=torch.float32))


def hold_thresholds(scores: Floats, benign: npt.NDArray[np.bool_], share: float) -> list[float]:
    """Return a threshold a label such that at most `share` of benign comments is held in all.

    `scores` is (comments, labels). A comment is held when any score reaches its threshold; every
    label gets the same share of benign comments above it, the largest that keeps the sum in
    bounds. Raises ValueError when there is no benign comment to count.
    """
    quiet = scores[benign]
    if not len(quiet):
        raise ValueError("no benign comment to choose thresholds on")
    for above in range(int(share * len(quiet)), -1, -1):
        ranked = np.sort(quiet, axis=0)[::-1]
        thresholds = np.maximum(np.ceil(ranked[above] * 1000 + 1) / 1000, LEAST_THRESHOLDS)
        thresholds = np.minimum(thresholds, 1.0)
        if (quiet >= thresholds).any(axis=1).mean() <= share:
            break
    return [float(threshold) for threshold in thresholds]


def _fit(logits: torch.Tensor, truth: torch.Tensor) -> tuple[float, float]:
    log_slope = torch.zeros((), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_slope, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scaled = log_slope.exp() * logits.double() + bias
        total = nn.functional.binary_cross_entropy_with_logits(
            scaled, truth.double(), reduction="sum"
        )
        total = total + PULL * log_slope.square()
        total.backward()
        return total

    optimiser.step(loss)
    return float(log_slope.detach().exp()), float(bias.detach())
