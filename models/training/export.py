"""Models as ONNX graphs that answer with probabilities alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from models.training.approval import CLIP, ApprovalModel
from models.training.reason import ReasonModel
from processors.features import FEATURE_NAMES

OPSET = 18
INPUT, OUTPUT = "features", "probabilities"


def approval_graph(model: ApprovalModel, properties: Mapping[str, str]) -> bytes:
    """Return the graph of P(denied): trees, then clip, log-odds, affine step and sigmoid.

    Args:
        model: Trees and affine step.
        properties: Written into the file, so that it explains itself away from its folder.
    """
    graph = convert_sklearn(
        model.trees,
        initial_types=[(INPUT, FloatTensorType([None, len(FEATURE_NAMES)]))],
        options={id(model.trees): {"zipmap": False}},
        target_opset={"": OPSET, "ai.onnx.ml": 3},
    )
    graph.graph.name = "approval"  # the converter invents a random one
    raw = graph.graph.output[1].name
    constants = {
        "one_column": np.array([1], dtype=np.int64),
        "low": np.float32(CLIP),
        "high": np.float32(1 - CLIP),
        "one": np.float32(1),
        "slope": np.float32(model.slope),
        "intercept": np.float32(model.intercept),
    }
    graph.graph.initializer.extend(_constants(constants))
    graph.graph.node.extend(
        [
            helper.make_node("Gather", [raw, "one_column"], ["p_raw"], axis=1),
            helper.make_node("Clip", ["p_raw", "low", "high"], ["p"]),
            helper.make_node("Sub", ["one", "p"], ["q"]),
            helper.make_node("Div", ["p", "q"], ["odds"]),
            helper.make_node("Log", ["odds"], ["log_odds"]),
            helper.make_node("Mul", ["log_odds", "slope"], ["scaled"]),
            helper.make_node("Add", ["scaled", "intercept"], ["shifted"]),
            helper.make_node("Sigmoid", ["shifted"], ["calibrated"]),
            helper.make_node("Identity", ["calibrated"], ["p_denied"]),
        ]
    )
    del graph.graph.output[:]
    graph.graph.output.append(helper.make_tensor_value_info("p_denied", TensorProto.FLOAT, [None, 1]))
    return _finished(graph, properties)


def reason_graph(model: ReasonModel, properties: Mapping[str, str]) -> bytes:
    """Return the graph of the reasons given a denial.

    It computes in double precision: in single precision a row's answer would move by about 1e-6 with the
    batch around it, enough to change the fourth decimal. Centring and scaling are folded into the weights.
    """
    weights = model.weights / model.scale[:, None]
    constants = {
        "mean": model.mean.astype(np.float32),
        "weights": weights,
        "bias": model.bias - model.mean @ weights,
    }
    nodes = [
        helper.make_node("IsNaN", [INPUT], ["missing"]),
        helper.make_node("Where", ["missing", "mean", INPUT], ["filled"]),
        helper.make_node("Cast", ["filled"], ["wide"], to=TensorProto.DOUBLE),
        helper.make_node("MatMul", ["wide", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=1),
        helper.make_node("Cast", ["shares"], [OUTPUT], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes,
        "reasons",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, len(FEATURE_NAMES)])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, len(model.classes)])],
        initializer=_constants(constants),
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    return _finished(made, properties)


def _constants(values: Mapping[str, Any]) -> list[Any]:
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]


def _finished(graph: Any, properties: Mapping[str, str]) -> bytes:
    graph.producer_version = ""
    helper.set_model_props(graph, dict(properties))
    onnx.checker.check_model(graph)
    content: bytes = graph.SerializeToString(deterministic=True)
    return content
