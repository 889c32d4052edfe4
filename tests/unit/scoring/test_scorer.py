"""Scoring: shipped models, refused models, rules in their place."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from models.synthetic import SyntheticClaims, generate
from processors.batch import ClaimBatch
from processors.features import feature_array, feature_hash
from processors.pricing import PriceBook, price
from processors.scoring import RULE_REASONS, RULES_VERSION, Scorer, ScoringError, score
from processors.scoring.model import LoadedModel
from processors.scoring.registry import shipped_registry
from processors.scoring.rules import FINDING_LOG_ODDS, REASON_OF_QUEUE, unknown_features
from processors.scoring.scorer import REASON_TYPE, top_reasons
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from processors.validation.rule import Queue

NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made() -> SyntheticClaims:
    return generate(6_000, 991, start=datetime(2026, 1, 20, tzinfo=UTC))


@pytest.fixture(scope="module")
def batch(made: SyntheticClaims) -> ClaimBatch:
    raw = ClaimBatch.from_events(made.events, NOW)
    return price(validate(raw, RuleCatalogue.load()), PriceBook.starter())


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer.load()


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """Return a copy of the shipped registry, to be damaged."""
    folder = tmp_path / "registry"
    shutil.copytree(shipped_registry(), folder)
    return folder


def version_folder(registry: Path, name: str) -> Path:
    active = json.loads((registry / name / "active.json").read_text())
    return registry / name / str(active["champion"])


def rows_alone(batch: ClaimBatch, rows: list[int]) -> ClaimBatch:
    """Return some claims of a finished batch with their findings."""
    taken = batch.take(rows)
    numbers = pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)}).with_row_index("new")
    findings = batch.findings.join(numbers, on="row").drop("row").rename({"new": "row"})
    return ClaimBatch(taken.claims, taken.lines, taken.now, findings)


def test_the_shipped_models_load_and_score_every_claim(batch: ClaimBatch, scorer: Scorer) -> None:
    assert not scorer.problems
    claims = score(batch, scorer).claims
    assert claims["approval_probability"].is_between(0, 1).all()
    assert claims["approval_probability"].dtype == pl.Float64
    assert claims["reasons"].dtype == REASON_TYPE
    assert claims["reasons"].list.len().unique().to_list() == [3]
    assert set(claims["scored_by"]) == {"model"}
    assert claims["model_version"][0].startswith("approval-v")
    assert claims["reason_model_version"][0].startswith("reasons-v")
    assert set(claims["feature_hash"]) == {feature_hash()}


def test_the_model_tells_denied_claims_of_a_fresh_seed_better_than_the_rules(
    made: SyntheticClaims, batch: ClaimBatch, scorer: Scorer
) -> None:
    denied = made.truth["denied"].to_numpy()
    by_model = 1 - score(batch, scorer).claims["approval_probability"].to_numpy()
    by_rules = 1 - score(batch, Scorer()).claims["approval_probability"].to_numpy()
    auroc = roc_auc_score(denied, by_model)
    assert auroc > 0.86
    assert auroc > roc_auc_score(denied, by_rules) + 0.02
    assert np.abs(by_model - made.truth["true_p_denied"].to_numpy()).mean() < 0.06


def test_the_stated_reason_is_mostly_among_the_top_three(
    made: SyntheticClaims, batch: ClaimBatch, scorer: Scorer
) -> None:
    claims = score(batch, scorer).claims.with_columns(reason=made.truth["reason"])
    denied = claims.filter(pl.col("reason").is_not_null())
    names = pl.col("reasons").list.eval(pl.element().struct.field("reason"))
    assert denied.select(names.list.contains(pl.col("reason")).mean()).item() > 0.85
    assert denied.select((names.list.first() == pl.col("reason")).mean()).item() > 0.68


def test_a_claim_scores_the_same_alone_and_in_a_batch(batch: ClaimBatch, scorer: Scorer) -> None:
    columns = ["approval_probability", "reasons"]
    whole = score(batch, scorer).claims.select(columns)
    for rows in ([5], [17], list(range(40, 105)), list(range(3_000, 3_007))):
        part = score(rows_alone(batch, rows), scorer).claims.select(columns)
        assert part.equals(whole[rows])


def test_a_missing_authorisation_never_raises_the_chance(made: SyntheticClaims, scorer: Scorer) -> None:
    events = made.events.head(400).with_columns(prior_auth_required=pl.lit(value=True))
    chances = []
    for on_file in (True, False):
        changed = events.with_columns(prior_auth_on_file=pl.lit(value=on_file))
        scored = score(ClaimBatch.from_events(changed, NOW), scorer)
        chances.append(scored.claims["approval_probability"].to_numpy())
    assert (chances[0] >= chances[1]).all()
    assert (chances[0] - chances[1]).mean() > 0.1


def test_an_empty_batch_stays_empty(made: SyntheticClaims, scorer: Scorer) -> None:
    empty = ClaimBatch.from_events(made.events.clear(), NOW)
    for tool in (scorer, Scorer()):
        claims = score(empty, tool).claims
        assert claims.height == 0
        assert claims["reasons"].dtype == REASON_TYPE


def test_without_a_registry_the_rules_score(made: SyntheticClaims, tmp_path: Path) -> None:
    fallback = Scorer.load(tmp_path)
    assert [problem.remedy != "" for problem in fallback.problems] == [True, True]
    claims = score(ClaimBatch.from_events(made.events, NOW), fallback).claims
    assert set(claims["scored_by"]) == {"rules"}
    assert set(claims["model_version"]) == {RULES_VERSION}
    assert set(claims["reason_model_version"]) == {""}
    chance = 1 - claims["approval_probability"].to_numpy()
    assert roc_auc_score(made.truth["denied"].to_numpy(), chance) > 0.75


def test_without_a_model_a_finding_lowers_the_approval_and_gives_the_reason() -> None:
    batch = validate(example_batch([{}, {"billing_npi": None}, {"provider_credentialed": False}]), RuleCatalogue.load())
    with_findings = score(batch, Scorer()).claims
    without = score(replace(batch, findings=batch.findings.clear()), Scorer()).claims
    assert with_findings["scored_by"].unique().to_list() == ["rules"]
    good, no_npi, _ = with_findings["approval_probability"]
    assert no_npi < good == without["approval_probability"][0]
    assert (with_findings["approval_probability"] < without["approval_probability"]).to_list() == [False, True, True]
    assert [reasons[0]["reason"] for reasons in with_findings["reasons"]][1:] == [
        "missing_invalid_info",
        "provider_network",
    ]


def test_every_queue_of_a_rule_speaks_for_a_reason_and_errors_weigh_more_than_warnings() -> None:
    assert set(REASON_OF_QUEUE) == set(get_args(Queue))
    assert FINDING_LOG_ODDS["error"] > FINDING_LOG_ODDS["warning"] > 0


def test_the_rules_name_known_features_and_all_sixteen_reasons() -> None:
    assert unknown_features() == []
    assert len(RULE_REASONS) == 16


def flip_a_byte(folder: Path) -> None:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (folder / "model.onnx").write_bytes(bytes(content))


def cut_short(folder: Path) -> None:
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes()[:1_000])


def rename_features(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    names = meta["feature_names"]
    names[0], names[1] = names[1], names[0]
    (folder / "meta.json").write_text(json.dumps(meta))


def alter_golden(folder: Path) -> None:
    golden = json.loads((folder / "golden.json").read_text())
    golden["outputs"][3][0] += 0.001
    (folder / "golden.json").write_text(json.dumps(golden))


def empty_golden(folder: Path) -> None:
    (folder / "golden.json").write_text('{"tolerance": 1, "inputs": [], "outputs": []}')


def remove_encoders(folder: Path) -> None:
    (folder / "encoders.json").unlink()


def spoil_meta(folder: Path) -> None:
    (folder / "meta.json").write_text("[]")


@pytest.mark.parametrize(
    "damage",
    [flip_a_byte, cut_short, rename_features, alter_golden, empty_golden, remove_encoders, spoil_meta],
)
@pytest.mark.parametrize("name", ["approval", "reasons"])
def test_a_damaged_model_is_refused_and_the_other_one_serves(
    registry: Path, name: str, damage: Callable[[Path], None], made: SyntheticClaims
) -> None:
    damage(version_folder(registry, name))
    loaded = Scorer.load(registry)
    assert len(loaded.problems) == 1
    assert name in loaded.problems[0].message
    assert (loaded.approval is None) == (name == "approval")
    claims = score(ClaimBatch.from_events(made.events.head(5), NOW), loaded).claims
    assert claims["scored_by"][0] == ("rules" if name == "approval" else "model")
    assert (claims["reason_model_version"][0] == "") == (name == "reasons")


def test_golden_rows_catch_a_damaged_file_even_when_the_checksum_was_renewed(registry: Path) -> None:
    """Another valid graph in place of the model: only its answers give it away."""
    folder = version_folder(registry, "reasons")
    meta = json.loads((folder / "meta.json").read_text())

    graph = onnx.load(str(folder / "model.onnx"))
    bias = next(item for item in graph.graph.initializer if item.name == "bias")
    values = onnx.numpy_helper.to_array(bias).copy()
    values[0] += 0.5
    bias.CopyFrom(onnx.numpy_helper.from_array(values, "bias"))
    content = graph.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    meta["onnx_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "meta.json").write_text(json.dumps(meta))
    problems = Scorer.load(registry).problems
    assert [problem.message for problem in problems] == [
        f"The model reasons ({folder.name}) does not reproduce its golden rows."
    ]


class _Broken:
    """A session that answers with something that is not a probability."""

    def __init__(self, answer: float) -> None:
        self._answer = answer

    def get_inputs(self) -> list[object]:
        class _Input:
            name = "features"

        return [_Input()]

    def run(self, _: object, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [np.full((len(inputs["features"]), 1), self._answer, dtype=np.float32)]


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), -0.1, 1.5])
def test_an_answer_that_is_no_probability_raises(answer: float, made: SyntheticClaims, scorer: Scorer) -> None:
    assert scorer.approval is not None
    broken = LoadedModel("approval", "v0", ("denied",), scorer.approval.encoders, _Broken(answer))
    few = ClaimBatch.from_events(made.events.head(3), NOW)
    with pytest.raises(ScoringError) as raised:
        score(few, Scorer(approval=broken, reasons=scorer.reasons))
    assert made.events["claim_id"][0] not in str(raised.value)


def test_reasons_come_best_first_and_ties_in_a_fixed_order() -> None:
    shares = np.array([[0.2, 0.5, 0.3, 0.0], [0.25, 0.25, 0.25, 0.25]])
    got = top_reasons(shares, ("a", "b", "c", "d")).to_list()
    assert [entry["reason"] for entry in got[0]] == ["b", "c", "a"]
    assert [entry["reason"] for entry in got[1]] == ["a", "b", "c"]


def test_scoring_does_not_need_validation_or_pricing(made: SyntheticClaims, scorer: Scorer) -> None:
    raw = ClaimBatch.from_events(made.events, NOW)
    assert scorer.approval is not None
    assert np.isnan(feature_array(raw, scorer.approval.encoders)).any(axis=1).all()
    chance = 1 - score(raw, scorer).claims["approval_probability"].to_numpy()
    assert roc_auc_score(made.truth["denied"].to_numpy(), chance) > 0.8
