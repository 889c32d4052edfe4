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
from processors.scoring.registry import point, shipped_registry
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


def version_folder(registry: Path, name: str = "denials") -> Path:
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
    assert set(claims["reasons"].list.len()) == {0, 3}
    assert set(claims["scored_by"]) == {"model"}
    assert claims["model_version"][0].startswith("denials-v")
    assert claims["reason_model_version"][0] == claims["model_version"][0]
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
    denied = claims.filter(pl.col("reason").is_not_null(), pl.col("reasons").list.len() > 0)
    assert denied.height > 0.85 * claims["reason"].count()  # most denials are among the claims that get reasons
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
    assert [problem.remedy != "" for problem in fallback.problems] == [True]
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
def test_a_damaged_model_is_refused_and_the_rules_score(
    registry: Path, damage: Callable[[Path], None], made: SyntheticClaims
) -> None:
    damage(version_folder(registry))
    loaded = Scorer.load(registry)
    assert len(loaded.problems) == 1
    assert "denials" in loaded.problems[0].message
    claims = score(ClaimBatch.from_events(made.events.head(5), NOW), loaded).claims
    assert claims["scored_by"][0] == "rules"
    assert claims["reason_model_version"][0] == ""


@pytest.mark.parametrize("file", ["model.onnx", "reasons.onnx"])
def test_golden_rows_catch_a_damaged_file_even_when_the_checksum_was_renewed(registry: Path, file: str) -> None:
    """Another valid graph in place of the model: only its answers give it away."""
    folder = version_folder(registry)
    graph = onnx.load(str(folder / file))
    for constant in graph.graph.initializer:
        if constant.data_type == onnx.TensorProto.DOUBLE:
            values = onnx.numpy_helper.to_array(constant)
            constant.CopyFrom(onnx.numpy_helper.from_array(values * 1.01, constant.name))
    content = graph.SerializeToString()
    (folder / file).write_bytes(content)
    meta = json.loads((folder / "meta.json").read_text())
    meta["onnx_sha256" if file == "model.onnx" else "reasons_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "meta.json").write_text(json.dumps(meta))
    problems = Scorer.load(registry).problems
    assert [problem.message for problem in problems] == [
        f"The model denials ({folder.name}) does not reproduce its golden rows."
    ]


def test_a_graph_of_other_features_is_refused_even_when_meta_was_edited(registry: Path) -> None:
    """meta.json says the right features, the graph inside was trained on others."""
    folder = version_folder(registry)
    graph = onnx.load(str(folder / "model.onnx"))
    for entry in graph.metadata_props:
        if entry.key == "feature_hash":
            entry.value = "0" * 64
    content = graph.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    meta = json.loads((folder / "meta.json").read_text()) | {"onnx_sha256": hashlib.sha256(content).hexdigest()}
    (folder / "meta.json").write_text(json.dumps(meta))
    assert "other features" in Scorer.load(registry).problems[0].message


def test_a_challenger_scores_the_same_batch_and_nothing_acts_on_it(
    registry: Path, batch: ClaimBatch, scorer: Scorer
) -> None:
    champion = version_folder(registry)
    shutil.copytree(champion, registry / "denials" / "v99")
    for file in ("meta.json",):
        meta = json.loads((registry / "denials" / "v99" / file).read_text())
        (registry / "denials" / "v99" / file).write_text(json.dumps(meta | {"version": "v99"}))
    point(registry / "denials", challenger="v99")
    both = Scorer.load(registry)
    assert not both.problems
    claims = score(batch, both).claims
    assert set(claims["challenger_version"]) == {"denials-v99"}
    assert claims["challenger_probability"].equals(claims["approval_probability"], check_names=False)
    alone = score(batch, scorer).claims
    same = ["approval_probability", "reasons", "explanations", "model_version"]
    assert claims.select(same).equals(alone.select(same))
    assert alone["challenger_probability"].null_count() == batch.size


def test_a_damaged_challenger_is_told_and_the_champion_scores_on(registry: Path) -> None:
    shutil.copytree(version_folder(registry), registry / "denials" / "v99")
    (registry / "denials" / "v99" / "reasons.onnx").unlink()
    point(registry / "denials", challenger="v99")
    loaded = Scorer.load(registry)
    assert loaded.model is not None
    assert loaded.challenger is None
    assert ["v99" in problem.message for problem in loaded.problems] == [True]


def test_the_stored_vector_is_what_the_model_saw(batch: ClaimBatch, scorer: Scorer) -> None:
    assert scorer.model is not None
    claims = score(batch, scorer).claims
    stored = np.frombuffer(b"".join(claims["feature_vector"].to_list()), dtype="<f4").reshape(batch.size, -1)
    np.testing.assert_array_equal(stored, feature_array(batch, scorer.model.encoders))
    again = np.round(1 - scorer.model.p_denied(np.ascontiguousarray(stored)), 4)
    np.testing.assert_array_equal(again, claims["approval_probability"].to_numpy())


def test_a_claim_of_which_nearly_nothing_is_known_is_scored_by_the_rules(
    made: SyntheticClaims, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processors.scoring.scorer._LEAST_KNOWN", 0.99)
    claims = score(ClaimBatch.from_events(made.events.head(50), NOW), scorer).claims
    assert set(claims["scored_by"]) == {"rules"}
    assert set(claims["model_version"]) == {RULES_VERSION}


class _Broken:
    """A graph that answers with something that is not a probability."""

    def __init__(self, answer: float) -> None:
        self._answer = answer

    def run(self, matrix: np.ndarray) -> np.ndarray:
        return np.full((len(matrix), 1), self._answer, dtype=np.float32)


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), -0.1, 1.5])
def test_an_answer_that_is_no_probability_raises(answer: float, made: SyntheticClaims, scorer: Scorer) -> None:
    assert scorer.model is not None
    broken = replace(scorer.model, approval=_Broken(answer))
    few = ClaimBatch.from_events(made.events.head(3), NOW)
    with pytest.raises(ScoringError) as raised:
        score(few, Scorer(broken))
    assert made.events["claim_id"][0] not in str(raised.value)


def test_reasons_come_best_first_and_ties_in_a_fixed_order() -> None:
    shares = np.array([[0.2, 0.5, 0.3, 0.0], [0.25, 0.25, 0.25, 0.25]])
    got = top_reasons(shares, ("a", "b", "c", "d"), np.array([1, 3]), 4).to_list()
    assert [entry["reason"] for entry in got[1]] == ["b", "c", "a"]
    assert [entry["reason"] for entry in got[3]] == ["a", "b", "c"]
    assert got[0] == got[2] == []


def test_scoring_does_not_need_validation_or_pricing(made: SyntheticClaims, scorer: Scorer) -> None:
    raw = ClaimBatch.from_events(made.events, NOW)
    assert scorer.model is not None
    assert np.isnan(feature_array(raw, scorer.model.encoders)).any(axis=1).all()
    chance = 1 - score(raw, scorer).claims["approval_probability"].to_numpy()
    assert roc_auc_score(made.truth["denied"].to_numpy(), chance) > 0.8
