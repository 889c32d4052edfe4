"""Foreign tables: untidy ones are trained on, leaking ones refused, and scores are what the outcomes ask for."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from models.learning.families import Family
from models.learning.learn import Wish
from models.tables.leaks import LeakError, names_what_comes_after
from models.tables.score import score_table
from models.tables.table_map import TableMap
from models.tables.train import TableTraining, train_on_table
from schemas.errors import BadInputError

QUICK = Wish(seed=3, family=Family.LOGISTIC, compared=(Family.LOGISTIC,))
REASONS = np.array(["authorisation", "eligibility", "coding"])


def untidy(rows: int = 1_200, seed: int = 1) -> pl.DataFrame:
    """A table as people keep them: texts, money signs, dates, yes and no, holes, ids, constants, twins."""
    rng = np.random.default_rng(seed)
    plan, auth = (
        rng.choice(np.array(["HMO", "PPO", "Medicaid", None]), rows, p=[0.4, 0.3, 0.2, 0.1]),
        rng.random(rows) < 0.6,
    )
    amount = rng.gamma(2, 400, rows)
    strength = -2.2 + 1.6 * (plan == "Medicaid") + 1.8 * ~auth + 0.4 * np.log(amount / 400)
    denied = rng.random(rows) < 1 / (1 + np.exp(-strength))
    reason = np.where(~auth, REASONS[0], np.where(plan == "Medicaid", REASONS[1], REASONS[2]))
    days, told = rng.integers(0, 60, rows), rng.random(rows) < 0.95
    submitted = [date(2025, 1, 1) + timedelta(days=int(day)) for day in np.sort(rng.integers(0, 360, rows))]
    return pl.DataFrame(
        {
            "Claim No": [f"CLM-{number:06d}" for number in range(rows)],
            "member": rng.integers(0, rows // 3, rows),
            "submitted": [day.strftime("%m/%d/%Y") for day in submitted],
            "service date": [str(day - timedelta(days=int(n))) for day, n in zip(submitted, days, strict=True)],
            "plan": plan,
            "auth on file": np.where(auth, "Yes", "no"),
            "amount": [f"${value:,.2f}" if ok else "" for value, ok in zip(amount, told, strict=True)],
            "twin": plan,
            "year": 2025,
            "notes": [f"free text {rng.integers(10**9)}" for _ in range(rows)],
            "status word": np.where(denied, "Denied", "Paid"),
            "why": np.where(denied, reason, ""),
        }
    )  # fmt: skip


def write(frame: pl.DataFrame, folder: Path, name: str = "claims.csv") -> Path:
    path = folder / name
    (frame.write_parquet if path.suffix == ".parquet" else frame.write_csv)(path)
    return path


def mapped(**parts: Any) -> TableMap:
    return TableMap.model_validate(
        {"id": "Claim No", "time": "submitted", "label": "status word", "reason": "why", "drop": ["member"]} | parts
    )


def trained(folder: Path, frame: pl.DataFrame, column_map: TableMap, name: str = "claims.csv") -> TableTraining:
    return train_on_table(write(frame, folder, name), column_map, folder / "registry", QUICK)


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TableTraining]:
    folder = tmp_path_factory.mktemp("tables")
    return folder, trained(folder, untidy(), mapped())


def test_an_untidy_table_is_learnt_from_and_scores_tell_the_outcomes_apart(
    training: tuple[Path, TableTraining],
) -> None:
    folder, _ = training
    later = untidy(3_000, seed=2)
    scored = score_table(write(later, folder, "later.csv"), mapped(), folder / "registry").frame
    assert scored.columns == [
        "id", "p_denied", "reason_1", "reason_2", "reason_3", "reason_p_1", "reason_p_2", "reason_p_3",
    ]  # fmt: skip
    assert scored["id"].to_list() == later["Claim No"].to_list()
    denied = (later["status word"] == "Denied").to_numpy()
    assert roc_auc_score(denied, scored["p_denied"].to_numpy()) > 0.72
    assert abs(scored["p_denied"].to_numpy().mean() - denied.mean()) < 0.04
    right = scored.filter(pl.Series(denied))["reason_1"] == later.filter(pl.Series(denied))["why"]
    assert right.to_numpy().mean() > 0.9
    assert (scored["reason_p_1"] >= scored["reason_p_2"]).all()


def test_what_was_done_to_the_table_is_told(training: tuple[Path, TableTraining]) -> None:
    notes = " ".join(training[1].prepared.data.notes)
    assert "twin is left out: it equals plan" in notes
    assert "year is left out: it has one value" in notes
    assert "notes is left out" in notes
    assert set(training[1].prepared.encoder.kinds) == {"service date", "plan", "auth on file", "amount"}


def test_the_folder_holds_everything_a_version_needs(training: tuple[Path, TableTraining]) -> None:
    files = {path.name for path in training[1].folder.iterdir()}
    assert files == {
        "model.onnx", "reasons.onnx", "meta.json", "encoders.json", "calibration.json", "reference.json", "golden.json",
        "metrics.json", "card.md",
    }  # fmt: skip
    card = (training[1].folder / "card.md").read_text()
    assert "majority class" in card
    assert "smote-nc" in card
    assert "split at random" not in card
    meta = json.loads((training[1].folder / "meta.json").read_text())
    assert meta["split"] == "time"


def test_two_trainings_with_one_seed_give_the_same_golden_outputs(
    training: tuple[Path, TableTraining], tmp_path: Path
) -> None:
    again = trained(tmp_path, untidy(), mapped())
    assert (again.folder / "golden.json").read_text() == (training[1].folder / "golden.json").read_text()
    assert again.learned.approval == training[1].learned.approval


def test_later_rows_are_tested_on_and_no_test_row_is_learnt_from(training: tuple[Path, TableTraining]) -> None:
    data = training[1].prepared.data
    assert data.train.size + data.test.size == 1_200
    assert 0.15 < data.test.size / 1_200 < 0.25


def test_unseen_levels_missing_columns_and_holes_are_scored(training: tuple[Path, TableTraining]) -> None:
    folder, _ = training
    odd = untidy(50, seed=5).with_columns(plan=pl.lit("Never Seen"), amount=pl.lit("n/a")).drop("auth on file", "why")
    scored = score_table(write(odd, folder, "odd.parquet"), mapped(), folder / "registry")
    assert scored.frame["p_denied"].is_between(0, 1).all()
    assert any("auth on file is absent" in note for note in scored.notes)


def test_a_table_without_the_features_is_refused(training: tuple[Path, TableTraining]) -> None:
    folder, _ = training
    with pytest.raises(BadInputError, match="lacks 4 of the 4"):
        score_table(write(pl.DataFrame({"Claim No": [1]}), folder, "no.csv"), mapped(), folder / "registry")


def test_groups_never_stand_on_both_sides(tmp_path: Path) -> None:
    made = trained(tmp_path, untidy(), mapped(time=None, group="member", drop=["submitted"]))
    assert json.loads((made.folder / "meta.json").read_text())["split"] == "group"


def test_a_column_known_after_adjudication_is_refused_by_what_it_tells(tmp_path: Path) -> None:
    frame = untidy().with_columns(x7=pl.when(pl.col("status word") == "Paid").then(81.5).otherwise(0.0))
    with pytest.raises(LeakError, match="x7") as raised:
        trained(tmp_path, frame, mapped())
    assert "allow" in raised.value.remedy
    assert not (tmp_path / "registry").exists()
    made = train_on_table(tmp_path / "claims.csv", mapped(), tmp_path / "registry", QUICK, drop_leaks=True)
    assert "x7" not in made.prepared.encoder.kinds


def test_a_name_of_an_adjudication_is_refused_when_it_tells_something(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = untidy()
    told = (frame["status word"] == "Denied").to_numpy() ^ (rng.random(frame.height) < 0.35)
    frame = frame.with_columns(remit_flag=pl.Series(told))
    with pytest.raises(LeakError, match="remit_flag"):
        trained(tmp_path, frame, mapped())
    made = trained(tmp_path, frame, mapped(allow=["remit_flag"]))
    assert "remit_flag" in made.prepared.encoder.kinds


@pytest.mark.parametrize(
    "name", ["LINE_NCH_PMT_AMT", "LINE_PRCSG_IND_CD", "paidAmount", "denial_code", "claim_status", "CARC"]
)
def test_names_of_what_comes_after_are_known(name: str) -> None:
    assert names_what_comes_after(name)


@pytest.mark.parametrize(
    "name",
    ["prior_auth_status", "expected_allowed", "payer_denial_rate", "h_payer", "patient_status", "age", "mod_valid"],
)
def test_names_of_what_comes_before_are_not(name: str) -> None:
    assert not names_what_comes_after(name)


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"label": "nothing"}, "no column nothing"),
        ({"numeric": ["amount"], "categorical": ["amount"]}, "two parts"),
        ({"numeric": ["status word"]}, "two parts"),
        ({"label": "plan"}, "do not say what means denied"),
        ({"time": "plan"}, "neither dates nor numbers"),
        ({"positive": ["Never"]}, "nothing to tell apart"),
        ({"time": None, "split": "group"}, "split by group"),
        ({"label": None}, "no label"),
    ],
)
def test_a_map_that_does_not_fit_gets_an_answer(tmp_path: Path, parts: dict[str, Any], match: str) -> None:
    with pytest.raises(BadInputError, match=match):
        trained(tmp_path, untidy(300), mapped(**parts))


@pytest.mark.parametrize("text", ["- a list", "label: [", "label: x\nunknown_key: 3", "test_share: 7"])
def test_a_map_file_that_is_none_gets_an_answer(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(BadInputError, match=r"map\.yaml"):
        TableMap.load(tmp_path / "map.yaml")


def test_too_few_rows_and_one_outcome_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="too few"):
        trained(tmp_path, untidy(30), mapped())
    with pytest.raises(BadInputError, match="nothing to tell apart"):
        trained(tmp_path, untidy().filter(pl.col("status word") == "Paid"), mapped())


def test_a_file_that_is_no_table_gets_an_answer(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 nothing")
    (tmp_path / "empty.csv").write_text("")
    for name in ("x.parquet", "empty.csv", "absent.csv"):
        with pytest.raises(BadInputError):
            train_on_table(tmp_path / name, mapped(), tmp_path / "registry", QUICK)


def test_one_hundred_rows_from_a_spreadsheet_are_enough_to_begin(tmp_path: Path) -> None:
    made = trained(tmp_path, untidy(100), mapped(time=None, drop=["member", "submitted"]))
    assert made.learned.metrics["approval"]["rows"] > 10


def test_labels_are_read_in_many_spellings(tmp_path: Path) -> None:
    denied = pl.col("status word") == "Denied"
    for number, label in enumerate(
        (denied, denied.cast(pl.Int8), pl.when(denied).then(pl.lit("D")).otherwise(pl.lit("P")))
    ):
        made = trained(tmp_path, untidy(400).with_columns(label.alias("status word")), mapped(), f"t{number}.csv")
        assert made.learned.metrics["approval"]["denial_rate"] < 0.5
    flipped = trained(tmp_path, untidy(400), mapped(positive=["paid"]), "flipped.csv")
    assert flipped.learned.metrics["approval"]["denial_rate"] > 0.5
