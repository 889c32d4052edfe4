"""Builds one ONNX graph out of parts that compute in double, and of trees that the converter writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

OPSET = 18
INPUT = "features"
TREES_DOMAIN, TREES_VERSION = "ai.onnx.ml", 3


class GraphBuilder:
    """Collects nodes and constants; every value gets a name of its own.

    Args:
        width: Number of feature columns of the input.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._domains: dict[str, int] = {"": OPSET}
        self._joined: dict[str, tuple[str, int, str]] = {}

    def constant(self, value: Any) -> str:
        """Add a constant and return its name."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], name=f"n{len(self._nodes)}", **attributes))
        return name

    def beside(self, source: str, width: int, more: str) -> str:
        """Put columns behind a matrix of this width, and remember what stands in front and behind."""
        joined = self.add("Concat", source, more, axis=1)
        self._joined[joined] = (source, width, more)
        return joined

    def columns(self, source: str, places: np.ndarray[Any, Any], width: int) -> str:
        """Return these columns of a matrix; a matrix that is there already where they are all of it."""
        first, count = int(places[0]) if len(places) else 0, len(places)
        if (places == np.arange(first, first + count)).all():
            front, front_width, behind = self._joined.get(source, ("", 0, ""))
            if (first, count) == (0, width):
                return source
            if (first, count) == (0, front_width):
                return front
            if (first, count) == (front_width, width - front_width):
                return behind
        return self.add("Gather", source, self.constant(places.astype(np.int64)), axis=1)

    def embed(self, estimator: Any, source: str, width: int, output: str) -> str:
        """Convert a fitted estimator, put its graph in here, and return the name of one of its outputs.

        Args:
            estimator: Estimator of scikit-learn that the converter knows.
            source: Name of the float32 matrix it reads.
            width: Number of its columns.
            output: Name of the output the converter gives: probabilities, for a classifier.
        """
        model = convert_sklearn(
            estimator,
            initial_types=[("x", FloatTensorType([None, width]))],
            options={id(estimator): {"zipmap": False}},
            target_opset={"": OPSET, TREES_DOMAIN: TREES_VERSION},
        )
        return self.include(model, source, output)

    def add_trees(self, source: str, attributes: Mapping[str, Any], scores: int) -> str:
        """Add a sum of trees that read a float32 matrix; float32, rows x scores."""
        self._domains[TREES_DOMAIN] = TREES_VERSION
        shape = {"n_targets": scores, "aggregate_function": "SUM", "post_transform": "NONE"}
        return self.add("TreeEnsembleRegressor", source, domain=TREES_DOMAIN, **shape, **attributes)

    def include(self, model: Any, source: str, output: str | None = None) -> str:
        """Put the graph of a model in here, reading `source`; return the name of an output, the last by default."""
        prefix = f"e{len(self._nodes)}_"
        graph = compose.add_prefix_graph(model.graph, prefix)
        own_constants = {constant.name for constant in graph.initializer}
        entry = next(value.name for value in graph.input if value.name not in own_constants)
        for node in graph.node:
            node.input[:] = [source if name == entry else name for name in node.input]
        self._nodes.extend(graph.node)
        self._constants.extend(graph.initializer)
        self._domains.update({used.domain: used.version for used in model.opset_import if used.domain})
        return prefix + output if output is not None else str(graph.output[-1].name)

    def finish(self, name: str, answer: str, classes: int, properties: Mapping[str, str]) -> bytes:
        """Return the graph whose one output is `answer`, float32, rows x classes.

        Args:
            name: Name of the graph and of its output.
            answer: Value to give.
            classes: Columns of it.
            properties: Written into the file, so that it explains itself away from its folder.
        """
        self._nodes.append(helper.make_node("Identity", [answer], [name]))
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, self._width])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, classes])],
            initializer=self._constants,
        )
        _drop_unused(graph)
        imports = [helper.make_opsetid(domain, version) for domain, version in sorted(self._domains.items())]
        model = helper.make_model(graph, opset_imports=imports, ir_version=9)
        model.producer_name, model.producer_version = "claimstream", ""
        helper.set_model_props(model, dict(properties))
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def _drop_unused(graph: Any) -> None:
    """Take out what the converter computes beside the probabilities: labels, and the casts to them."""
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    constants = [constant for constant in graph.initializer if constant.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(constants)
