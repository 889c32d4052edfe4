"""An ONNX graph opened for serving: its trees run in compiled code, whatever is before and behind in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx.utils import Extractor

from processors.scoring.session import open_session
from processors.scoring.trees import Trees

Matrix = npt.NDArray[np.float32]

_TREES = "TreeEnsembleRegressor"


@dataclass(frozen=True)
class _Sum:
    """Trees between the two parts of a graph: the values they read and make."""

    trees: Trees
    source: str
    target: str


@dataclass(frozen=True)
class Graph:
    """A graph with one input and one output.

    Attributes:
        entry: Name of the input.
        width: Its number of columns.
        properties: What the file says about itself.
        before: Makes what the trees and the last part read; None where these read the input alone.
        sums: The trees.
        behind: Makes the answer, out of what trees and `before` made.
    """

    entry: str
    width: int
    properties: Mapping[str, str]
    before: onnxruntime.InferenceSession | None
    sums: tuple[_Sum, ...]
    behind: onnxruntime.InferenceSession

    @classmethod
    def open(cls, content: bytes) -> Graph:
        """Open a graph and cut it at its trees; one without trees that can be computed here stays whole.

        Args:
            content: The file.

        Raises:
            Exception: Errors of onnx and onnxruntime, of many classes, when it is damaged.
        """
        model = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
        entry, answer = model.graph.input[0], model.graph.output[0].name
        known = (
            entry.name,
            entry.type.tensor_type.shape.dim[1].dim_value,
            {p.key: p.value for p in model.metadata_props},
        )
        sums, beside = _cut(model.graph)
        if not sums:
            return cls(*known, None, (), open_session(content))
        cutter = Extractor(model)
        made = sorted(({each.source for each in sums} | beside) - {entry.name})
        before = cutter.extract_model([entry.name], made).SerializeToString() if made else None
        behind = cutter.extract_model([*(each.target for each in sums), *sorted(beside)], [answer])
        return cls(
            *known, None if before is None else open_session(before), sums, open_session(behind.SerializeToString())
        )

    def run(self, matrix: Matrix) -> Matrix:
        """Return the answers, rows x classes.

        Args:
            matrix: Rows x features, float32, C order, NaN for missing.
        """
        values: dict[str, Any] = {self.entry: matrix}
        if self.before is not None:
            names = [output.name for output in self.before.get_outputs()]
            values.update(zip(names, self.before.run(names, values), strict=True))
        for each in self.sums:
            values[each.target] = each.trees.run(values[each.source])
        answers: Matrix = self.behind.run(None, {value.name: values[value.name] for value in self.behind.get_inputs()})[
            0
        ]
        return answers


def _cut(graph: Any) -> tuple[tuple[_Sum, ...], set[str]]:
    """Return the trees that can be computed apart, and the values from before them that are read behind them."""
    constants = {constant.name for constant in graph.initializer}
    sums: list[_Sum] = []
    late: set[str] = set()
    beside: set[str] = set()
    for node in graph.node:  # in the order of computation
        trees = Trees.of(_attributes(node)) if node.op_type == _TREES and node.input[0] not in late else None
        if trees is not None:
            sums.append(_Sum(trees, node.input[0], node.output[0]))
        elif late.intersection(node.input):
            beside.update(set(node.input) - late - constants - {""})
        else:
            continue
        late.update(node.output)
    return tuple(sums), beside


def _attributes(node: Any) -> dict[str, Any]:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
