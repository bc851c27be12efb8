"""The network in the form that is exported: what a score of one whole text needs, and no more.

A text is scored alone, so nothing is masked. The head reads the first token only, so the last
layer works out that one: a sixth of the work of six layers, with the same result. Attention is one
operator instead of twenty, which runtimes have a kernel for. No weights change here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

#: Families whose layers are built as BERT's, with a head that reads the first token. Others
#: (ALBERT, whose layers are all the same one) are exported as the library runs them.
_AS_BERT = frozenset({"bert", "roberta", "xlm-roberta"})
_FUSED = "sdpa"


class Logits(nn.Module):
    """The model with one input, int64 (batch, tokens), and one output, float32 (batch, labels)."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.model(input_ids=input_ids).logits
        return logits


@contextmanager
def lean(model: PreTrainedModel) -> Iterator[PreTrainedModel]:
    """Give the model lean layers for as long as it is exported; they hold the same weights."""
    attention = model.config._attn_implementation
    model.set_attn_implementation(_FUSED)
    encoder: Any = model.base_model.encoder if model.config.model_type in _AS_BERT else None
    layers = encoder.layer if encoder else ()
    try:
        if encoder:
            last = len(layers) - 1
            encoder.layer = nn.ModuleList(
                _Layer(layer, first_only=number == last) for number, layer in enumerate(layers)
            )
        yield model
    finally:
        if encoder:
            encoder.layer = layers
        model.set_attn_implementation(attention)


class _Layer(nn.Module):
    """A layer of BERT's kind over (batch, tokens, width), for the first token or for all."""

    def __init__(self, layer: nn.Module, *, first_only: bool) -> None:
        super().__init__()
        self.layer = layer
        self.first_only = first_only

    def forward(self, states: Tensor, *_: Any, **__: Any) -> Tensor:  # noqa: ANN401 - masks, caches
        """Return the states after this layer, of the first token or of all."""
        asking = states[:, :1] if self.first_only else states
        attention = self.layer.attention.self
        heads = attention.num_attention_heads
        found, *_ = torch.onnx.ops.attention(
            attention.query(asking),
            attention.key(states),
            attention.value(states),
            q_num_heads=heads,
            kv_num_heads=heads,
        )
        read: Tensor = self.layer.feed_forward_chunk(self.layer.attention.output(found, asking))
        return read
