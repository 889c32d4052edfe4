"""The starter tables are sound: unique keys, effective dates without gaps, codes that exist."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reference import starter
from reference.loader import read_table, scaled, starter_table
from reference.tables import TABLES, TableSpec
from tests.shared_data import shared

CATALOGUE = Path(__file__).parents[3] / "processors" / "validation" / "catalogue"


@pytest.mark.parametrize("spec", [spec for spec in TABLES.values() if spec.starter], ids=lambda spec: spec.name)
def test_every_table_has_a_unique_key_without_gaps(spec: TableSpec) -> None:
    frame = starter_table(spec.name)
    assert frame.height > 0
    assert frame.select(spec.key).null_count().sum_horizontal().item() == 0
    assert frame.select(spec.key).is_unique().all()
    needed = [column.name for column in spec.columns if column.kind.needed]
    assert frame.select(pl.sum_horizontal(pl.col(needed).null_count()) if needed else pl.lit(0)).item() == 0


@pytest.mark.parametrize("spec", [spec for spec in TABLES.values() if spec.starter], ids=lambda spec: spec.name)
def test_every_value_is_of_its_kind(spec: TableSpec) -> None:
    frame = starter_table(spec.name)
    for column in spec.columns:
        if column.kind.pattern:
            values = frame[column.name].drop_nulls()
            assert values.str.contains(column.kind.pattern).all(), column.name


def test_functions_of_the_first_tables_answer_the_same_rows() -> None:
    for ask in (starter.fee_schedule, starter.gpci, starter.pos_codes, starter.taxonomy, starter.payers):
        assert ask() is starter_table(ask.__name__)


def test_codes_keep_their_leading_zeros() -> None:
    assert "01" in starter.pos_codes()["pos"]
    assert "0001F" in starter.fee_schedule()["hcpcs"]


def test_every_state_of_a_year_has_one_default_locality() -> None:
    defaults = starter.gpci().group_by("year", "state").agg(pl.col("state_default").sum())
    assert defaults["state_default"].unique().to_list() == [1]


def test_the_codes_of_the_families_are_scheduled_in_both_years_and_have_a_charge() -> None:
    families = starter.procedure_families()
    medical = families.filter(pl.col("family") != "dental")["hcpcs"]
    for year in (2025, 2026):
        scheduled = starter.fee_schedule().filter(pl.col("year") == year)["hcpcs"]
        assert set(medical) <= set(scheduled)
    assert (families["typical_charge_cents"] > 0).all()


def test_conversion_factors_leave_no_day_out() -> None:
    general = starter.conversion_factors().filter(pl.col("basis") != "APM").sort("effective_from")
    ends, starts = general["effective_to"][:-1].to_list(), general["effective_from"][1:].to_list()
    assert [end + timedelta(days=1) for end in ends] == starts
    assert general["effective_from"][0] == date(2023, 1, 1)


def test_every_diagnosis_is_billable_in_both_years() -> None:
    published = pl.read_csv(shared("reference/icd10cm.csv"), infer_schema=False)
    billable = published.filter(pl.col("valid_from") <= "2025-01-01", pl.col("valid_to") >= "2026-12-31")
    assert set(starter.diagnoses()["code"]) <= set(billable["code"])


def test_the_fee_schedule_is_the_published_one() -> None:
    published = read_table_of_2026()
    ours = starter.fee_schedule().filter(pl.col("year") == 2026).drop("year")
    columns = [name for name in ours.columns if name in published.columns]
    both = ours.select(columns).join(published.select(columns), on=columns, how="semi", nulls_equal=True)
    assert both.height == ours.height


def read_table_of_2026() -> pl.DataFrame:
    published = pl.read_csv(shared("reference/rvu_2026.csv"), infer_schema=False)
    return published.with_columns(pl.col("modifier").fill_null(""))


def test_decimal_text_becomes_exact_integers() -> None:
    texts = pl.DataFrame({"figure": ["1.30", "0.07", "-1.25", "100", None]})
    assert texts.select(scaled("figure", 2))["figure"].to_list() == [130, 7, -125, 10_000, None]


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "payers.csv"
    file.write_text("payer_id\nX\n")
    with pytest.raises(pl.exceptions.PolarsError):
        read_table("payers", file)


def test_every_reason_that_a_rule_predicts_is_known() -> None:
    packs = "".join(path.read_text("utf-8") for path in CATALOGUE.glob("*.yaml"))
    predicted = re.findall(r"predicts: \{([^}]*)\}", packs)
    assert predicted
    for table, pattern in (
        ("carc", r'carc: "(\w+)"'),
        ("rarc", r'rarc: "(\w+)"'),
        ("claim_status_codes", r'":?\w+:(\d+)"'),
    ):
        codes = {code for text in predicted for code in re.findall(pattern, text)}
        assert codes <= set(starter_table(table)["code"]), table
