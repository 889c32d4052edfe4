"""The optional slot: a network that others exported goes through gate, registry and scoring; a wrong one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.metrics import roc_auc_score

from models.learning.families import Family
from models.learning.learn import Wish
from models.learning.parity import ParityError
from models.tables.score import score_table
from models.tables.table_map import TableMap
from models.tables.train import TableTraining, train_on_table
from schemas.errors import BadInputError

MAP = TableMap.model_validate({"id": "id", "numeric": ["a", "b"], "label": "denied"})
WEIGHTS = np.array([[1.5], [-2.0]], dtype=np.float32)


def network(
    path: Path, *, columns: int = 2, outputs: int = 1, nodes: str = "Sigmoid", kind: int = TensorProto.FLOAT
) -> Path:
    """Write a network by hand: weighted columns, then a step; `outputs` of 2 gives both probabilities."""
    weights = np.resize(WEIGHTS, (columns, 1))
    parts = [
        helper.make_node("IsNaN", ["rows"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "rows"], ["known"]),
        helper.make_node("MatMul", ["known", "weights"], ["sum"]),
        helper.make_node(nodes, ["sum"], ["p"]),
    ]
    if outputs == 2:
        parts += [
            helper.make_node("Sub", ["one", "p"], ["q"]),
            helper.make_node("Concat", ["q", "p"], ["both"], axis=1),
        ]
    graph = helper.make_graph(
        parts,
        "network",
        [helper.make_tensor_value_info("rows", kind, [None, columns])],
        [helper.make_tensor_value_info("both" if outputs == 2 else "p", kind, [None, outputs])],
        [
            numpy_helper.from_array(value, name)
            for name, value in {
                "weights": weights, "zero": np.zeros(1, np.float32), "one": np.ones(1, np.float32)
            }.items()
        ],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def table(rows: int = 900) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, rows))
    denied = rng.random(rows) < 1 / (1 + np.exp(-(1.5 * a - 2 * b - 1)))
    return pl.DataFrame({"id": range(rows), "a": a, "b": np.where(rng.random(rows) < 0.1, np.nan, b), "denied": denied})


def trained(folder: Path, file: Path) -> TableTraining:
    path = folder / "table.parquet"
    table().write_parquet(path)
    wish = Wish(seed=1, family=Family.NETWORK, compared=(Family.LOGISTIC,), network=file)
    return train_on_table(path, MAP, folder / "registry", wish)


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_network_of_others_is_calibrated_checked_published_and_scores(tmp_path: Path, outputs: int) -> None:
    made = trained(tmp_path, network(tmp_path / "n.onnx", outputs=outputs))
    meta = json.loads((made.folder / "meta.json").read_text())
    assert meta["family"] == "network"
    assert meta["parity"]["approval"]["max_difference"] <= 1e-5
    scored = score_table(tmp_path / "table.parquet", MAP, made.folder).frame
    wanted = table()
    assert roc_auc_score(wanted["denied"], scored["p_denied"]) > 0.85
    # The network leaves the constant out; calibration finds it.
    assert scored["p_denied"].mean() == pytest.approx(wanted["denied"].mean(), abs=0.03)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"columns": 3}, "cannot be used"),
        ({"nodes": "Exp"}, "does not answer with probabilities"),
        ({"nodes": "Log"}, "does not answer with probabilities"),
        ({"kind": TensorProto.DOUBLE}, "cannot be used"),
    ],
)
def test_a_network_of_another_width_or_without_probabilities_is_refused(
    tmp_path: Path, wrong: dict[str, int | str], match: str
) -> None:
    file = network(tmp_path / "n.onnx", **wrong)  # type: ignore[arg-type]  # one of several kinds of change
    with pytest.raises(BadInputError, match=match):
        trained(tmp_path, file)
    assert not (tmp_path / "registry").exists()


def test_a_file_that_is_no_network_and_none_at_all_get_an_answer(tmp_path: Path) -> None:
    file = tmp_path / "n.onnx"
    file.write_bytes(b"not a graph")
    with pytest.raises(BadInputError, match="cannot be used"):
        trained(tmp_path, file)
    with pytest.raises(BadInputError, match="needs an exported network"):
        train_on_table(tmp_path / "table.parquet", MAP, tmp_path / "registry", Wish(family=Family.NETWORK, compared=()))


def test_a_graph_that_answers_otherwise_than_the_network_is_refused_by_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate compares what the published graph says with the network itself; here the two are made to differ."""
    monkeypatch.setattr("models.learning.network.build_log_odds", lambda graph, p: graph.add("Cast", p, to=11))
    with pytest.raises(ParityError, match="approval"):
        trained(tmp_path, network(tmp_path / "n.onnx"))
