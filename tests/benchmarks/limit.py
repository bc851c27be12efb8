"""What the machine can do at most: whole-number products, and how many of them a text takes.

The limit is the best rate at which onnxruntime multiplies 8-bit matrices of a model's own sizes,
512 rows at once and with nothing in between, in a thread on each core. What a text takes are the
products of the served graph, attention's included; adding, normalising, quantising and reading the
text are not counted, so no scorer reaches the limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import prod
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from moderation.scoring.onnx import OnnxScorer

#: In operations, of which a multiplication with its addition is two.
Operations = Callable[[int], float]

_PRODUCTS = {"MatMul", "MatMulInteger", "Gemm", "Attention"}
_ROWS, _MEASURED_S, _AT_LEAST = 512, 0.25, 3
_LENGTHS = (8, 16, 24)


class _Counting(OnnxScorer):
    """Reads as the scorer does and notes the windows' lengths instead of scoring them."""

    def windows(self, text: str) -> list[int]:
        """Return the length in tokens of each window of a text's one or two readings."""
        self._lengths: list[int] = []
        self.read(text)
        return self._lengths

    def _infer(self, window: Sequence[int]) -> NDArray[np.floating]:
        self._lengths.append(len(window))
        return np.zeros(len(self.labels))


def windows_of(directory: Path, texts: Sequence[str]) -> list[list[int]]:
    """Return how long, in tokens, the windows of each text are that the scorer reads."""
    reading = _Counting(directory)
    return [reading.windows(text) for text in texts]


def operations(graph: Path) -> Operations:
    """Return how many operations the products of an ONNX graph are for a window of so many tokens.

    Their number grows with the tokens and, in attention, with their square: three lengths tell it.
    """
    model = onnx.load(graph)
    nodes = [node for node in model.graph.node if node.op_type in _PRODUCTS]
    constant = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    asked = [input_.name for input_ in model.graph.input]
    varying = sorted({name for node in nodes for name in node.input[:2]} - {*constant, *asked})
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in varying)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), _one_thread(), providers=["CPUExecutionProvider"]
    )

    def at(tokens: int) -> float:
        feed = {name: np.ones((1, tokens), dtype=np.int64) for name in asked}
        found = zip(varying, (value.shape for value in session.run(varying, feed)), strict=True)
        shapes = constant | dict(found)
        return sum(_of(node.op_type, *(shapes[name] for name in node.input[:2])) for node in nodes)

    return partial(np.polyval, np.polyfit(_LENGTHS, [at(length) for length in _LENGTHS], 2))


def int8_rate(graph: Path, cores: int) -> float:
    """Return the best rate of whole-number products, operations a second on `cores` threads."""
    model = onnx.load(graph)
    sizes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    used = {
        sizes[node.input[1]]
        for node in model.graph.node
        if node.op_type == "MatMulInteger" and node.input[1] in sizes
    }
    largest = sorted(used or {(1024, 1024)}, key=prod)[-2:]
    return max(_rate(size, cores) for size in largest)


def _of(operator: str, left: tuple[int, ...], right: tuple[int, ...]) -> float:
    match operator:
        case "Attention":  # queries with keys, and what comes of it with as many values
            return 4.0 * prod(left) * right[-2]
        case "Gemm":
            return 2.0 * left[0] * prod(right)
        case _:
            return 2.0 * prod(left) * right[-1]


def _rate(size: tuple[int, ...], cores: int) -> float:
    sessions = [_product(size) for _ in range(cores)]
    left = np.ones((_ROWS, size[0]), dtype=np.uint8)

    def work(session: onnxruntime.InferenceSession) -> float:
        best, end, times = float("inf"), time.perf_counter() + _MEASURED_S, 0
        while time.perf_counter() < end or times < _AT_LEAST:
            begin = time.perf_counter()
            session.run(None, {"left": left})
            best, times = min(best, time.perf_counter() - begin), times + 1
        return 2.0 * _ROWS * prod(size) / best

    with ThreadPoolExecutor(cores) as threads:
        return sum(threads.map(work, sessions))


def _product(size: tuple[int, ...]) -> onnxruntime.InferenceSession:
    numbers = np.random.default_rng(1).integers(-127, 127, size, dtype=np.int8)
    node = helper.make_node("MatMulInteger", ["left", "right"], ["product"])
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, ("rows", size[0]))],
        [helper.make_tensor_value_info("product", TensorProto.INT32, ("rows", size[1]))],
        [numpy_helper.from_array(numbers, "right")],
    )
    opset = [helper.make_opsetid("", 20)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=10)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), _one_thread(), providers=["CPUExecutionProvider"]
    )


def _one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    return options
