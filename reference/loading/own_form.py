"""Files in our own columns: NAME.csv or NAME.parquet for any table, with other spellings of a few that are in use.

A file of a table has the table's columns, in any order; more columns are left out. Where a year or an edition is not
in the records it is taken from the file's name: rvu_2026.csv, ncci_mue_2024-07-01.csv.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from reference.loader import starter_table
from reference.loading.check import rows_of
from reference.loading.layout import OPEN_END, Layout, Loaded, has_header, named, quarter_end, year_of
from reference.loading.localities import anesthesia_rows, with_state_default
from reference.loading.source import SourceFile
from reference.tables import TABLES

Fill = Callable[[pl.DataFrame, SourceFile], pl.DataFrame]

_EDITION = re.compile(r"[-_](20\d\d(?:-\d\d){0,2}|20\d\d[a-d])(?=\.)", re.IGNORECASE)
_OPEN = OPEN_END.isoformat()


_TELLING = {"gpci": ("locality_name",), "anesthesia_factors": ("mac",)}
"""Columns that tables do not keep and that tell a column which the file does not have."""


def _nothing_to_fill(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    return records


@dataclass(frozen=True)
class OwnForm:
    """How a table is written in our own columns.

    Args:
        table: The table.
        names: Further names of its file, as a pattern without the ending; the table's name always holds.
        spellings: Other column titles that are in use, with our names.
        fill: Adds the columns that such a file does not have.
        filled: The columns that `fill` adds.
        complete: The file is the whole list.
        quarterly: The list is published by the quarter; the newest first day in it tells which.
    """

    table: str
    names: str = ""
    spellings: Mapping[str, str] = field(default_factory=dict)
    fill: Fill = _nothing_to_fill
    filled: tuple[str, ...] = ()
    complete: bool = True
    quarterly: bool = False

    @property
    def layout(self) -> Layout:
        """The layout of its files."""
        names = "|".join(filter(None, (self.table, self.names)))
        file_name = named(rf"(?:{names})(?:[-_]20\d\d(?:-\d\d){{0,2}})?\.(?:csv|parquet)")
        return Layout(f"{self.table} in our columns", self.table, file_name, has_header(self._holds), self._read)

    def _columns(self, titles: Sequence[str]) -> list[str]:
        wanted = TABLES[self.table].schema
        found = [self.spellings.get(title, title) for title in titles]
        extra = _TELLING.get(self.table, ())
        return [name if name in wanted or name in extra else "" for name in found]

    def _holds(self, titles: Sequence[str]) -> bool:
        return set(TABLES[self.table].schema) <= {*self._columns(titles), *self.filled}

    def _read(self, source: SourceFile) -> Loaded:
        header = source.titled(self._holds)
        records = source.records(header, self._columns(header.names), whole=True)
        records = self.fill(records, source)
        found = _EDITION.search(source.name)
        edition = found[1] if found else ""
        if self.table == "anesthesia_factors" and "state" not in records.columns:
            return anesthesia_rows(records, source, edition)
        rows = rows_of(self.table, records, source)
        if self.quarterly:
            return _of_quarter(rows)
        return Loaded(rows, edition, complete=self.complete)


def _of_quarter(rows: pl.DataFrame) -> Loaded:
    newest = rows.select(pl.col("valid_from").max().dt.truncate("1q")).item()
    return Loaded(rows, f"{newest:%Y-%m}", newest, quarter_end(newest))


def _add(records: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Add the columns that the records do not have."""
    return records.with_columns(**{name: made for name, made in columns.items() if name not in records.columns})


def _from_starter(records: pl.DataFrame, table: str, key: str, *columns: str) -> pl.DataFrame:
    missing = [name for name in columns if name not in records.columns]
    known = starter_table(table).select(key, *missing)
    return records.join(known, on=key, how="left", maintain_order="left") if missing else records


def _year(records: pl.DataFrame, source: SourceFile) -> pl.DataFrame:
    return _add(records, year=pl.lit(year_of(source), pl.Int32), pricing_ind=pl.lit(None, pl.String))


def _gpci(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    return records if "state_default" in records.columns else with_state_default(records)


def _anesthesia(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    return records if "state" in records.columns else _add(records, basis=pl.lit("ALL"))


def _open_end(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    return records.with_columns(pl.col("valid_to").fill_null(_OPEN))


def _pairs(records: pl.DataFrame, source: SourceFile) -> pl.DataFrame:
    setting = "hospital" if "hospital" in source.name.lower() else "practitioner"
    return _add(
        records,
        setting=pl.lit(setting),
        effective_from=pl.lit(None, pl.Date),
        effective_to=pl.lit(None, pl.Date),
        rationale_id=pl.lit(None, pl.Int8),
    )


def _limits(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    services = {"outpatient_hospital": "hospital", "dme_supplier": "dme"}
    return records.with_columns(pl.col("service_type").replace(services))


def _undated(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    return _add(records, effective_from=pl.lit(None, pl.Date), effective_to=pl.lit(None, pl.Date))


def _revenue(records: pl.DataFrame, _: SourceFile) -> pl.DataFrame:
    total = pl.col("prefix") == "0001"
    first_digits = pl.when(total).then(pl.lit("000")).otherwise(pl.col("prefix").str.slice(0, 3))
    return _from_starter(records.with_columns(first_digits.alias("prefix")), "revenue_codes", "prefix", "needs_hcpcs")


_VALIDITY = {"start_date": "valid_from", "end_date": "valid_to"}
_DATES = ("effective_from", "effective_to")

_SPECIAL = (
    OwnForm("fee_schedule", r"rvu", fill=_year, filled=("year", "pricing_ind")),
    OwnForm("gpci", fill=_gpci, filled=("state_default",)),
    OwnForm(
        "anesthesia_factors",
        r"anesthesia_cf",
        {"anesthesia_cf": "conversion_factor"},
        _anesthesia,
        ("state", "basis", "derived"),
        complete=False,
    ),
    OwnForm("anesthesia_base_units", complete=False),
    OwnForm("zip_locality", complete=False),
    OwnForm("opps_cap", spellings={"non_facility_price": "nonfacility_price"}, fill=_year, filled=("year",)),
    OwnForm("icd10cm", spellings={"sex_edit": "sex", "unspecified_edit": "unspecified"}, fill=_open_end),
    OwnForm(
        "hcpcs",
        r"hcpcs_level2",
        {"coverage_code": "coverage", "add_date": "valid_from", "term_date": "valid_to"},
        _open_end,
        quarterly=True,
    ),
    OwnForm("pos_codes", spellings={"name": "label"}),
    OwnForm(
        "taxonomy",
        fill=lambda records, _: _from_starter(records, "taxonomy", "taxonomy", "label"),
        filled=("label",),
    ),
    OwnForm("service_categories", r"rbcs"),
    OwnForm(
        "ncci_ptp", r"ncci_ptp_(?:practitioner|hospital)", fill=_pairs, filled=("setting", *_DATES, "rationale_id")
    ),
    OwnForm("ncci_rationales", r"ncci_ptp_rationale", {"rationale": "label"}),
    OwnForm("ncci_mue", spellings={"mue_units": "max_units"}, fill=_limits),
    OwnForm(
        "ncci_addon",
        spellings={"addon_code": "addon", "primary_code": "primary", "aoc_type": "edit_type"},
        fill=_undated,
        filled=_DATES,
    ),
    OwnForm("carc", spellings=_VALIDITY, fill=_open_end),
    OwnForm("rarc", spellings=_VALIDITY, fill=_open_end),
    OwnForm("adjustment_groups", r"adjustment_group_codes"),
    OwnForm("claim_status_categories", r"claim_status_category"),
    OwnForm("revenue_codes", r"revenue_code_groups", {"revenue_code_group": "prefix"}, _revenue, ("needs_hcpcs",)),
    OwnForm("timely_filing", complete=False),
    OwnForm("procedure_families", complete=False),
    OwnForm("diagnoses", complete=False),
    OwnForm("payers", complete=False),
)
_OTHERS = tuple(OwnForm(name) for name in TABLES if name not in {form.table for form in _SPECIAL})

LAYOUTS = tuple(form.layout for form in (*_SPECIAL, *_OTHERS))
"""Layouts of files in our own columns."""
