"""Service lines summed up for the feature matrix: one row a claim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from processors.batch import ClaimBatch
from processors.features import modifiers as mod
from processors.features.coded import Coded, Floats, Index, look_up_pairs
from processors.features.encoders import Encoders
from processors.features.families import VISIT_FAMILIES, families

TELEHEALTH_POS = ("02", "10")
# Codes that are part of a comprehensive metabolic panel when billed beside it.
PANEL_CODE = "80053"
PANEL_PARTS = ("80048", "80051", "80076", "82310", "84132", "84295", "82565", "82947")
_CATEGORY_LENGTH = 3

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Lines:
    """Columns of the lines as arrays; `row` is the claim each belongs to."""

    batch: ClaimBatch
    row: Index
    code: Coded
    family: Coded
    units: Numbers
    bits: Index
    modifier_count: Index

    def total(self, values: npt.NDArray[np.generic]) -> Numbers:
        """Sum over the lines of each claim."""
        sums: Numbers = np.bincount(self.row, weights=values, minlength=self.batch.size).astype(np.float64)
        return sums

    def largest(self, values: Floats | Numbers) -> Numbers:
        """Return the largest known value of each claim, NaN when none is known."""
        result = np.full(self.batch.size, np.nan)
        np.fmax.at(result, self.row, values)
        return result

    def in_family(self, *names: str) -> Flags:
        """Tell which lines are of these families."""
        wanted = np.array([*(name in names for name in self.family.values), False])
        result: Flags = wanted[self.family.index]
        return result

    def has(self, bit: int) -> Flags:
        """Tell which lines carry a modifier of this kind."""
        result: Flags = (self.bits & bit) > 0
        return result

    def has_code(self, *codes: str) -> Flags:
        """Tell which lines bill one of these codes."""
        wanted = np.array([*(code in codes for code in self.code.values), False])
        result: Flags = wanted[self.code.index]
        return result


def summarise_lines(batch: ClaimBatch, encoders: Encoders) -> pl.DataFrame:
    """Sum the lines up.

    Args:
        batch: Claims numbered 0..n-1 in order, and their lines.
        encoders: Tables of the model.

    Returns:
        One row a claim in row order; the columns that the feature formulas name with the prefix `line_`.
        Flags and sums of a claim without lines are zero, learnt numbers NaN.
    """
    frame = batch.lines
    code = Coded.of(frame["procedure_code"])
    bits, counts = mod.modifier_bits(frame["modifiers"])
    lines = _Lines(
        batch=batch,
        row=frame["row"].to_numpy().astype(np.int64),
        code=code,
        family=families(code),
        units=frame["units"].to_numpy(),
        bits=bits,
        modifier_count=counts,
    )
    columns = _structure(lines) | _codes(lines) | _learnt(lines, encoders) | _money(lines, encoders)
    return pl.DataFrame({f"line_{name}": values for name, values in columns.items()})


def _flags(column: pl.Series) -> Flags:
    return column.fill_null(value=False).to_numpy()


def _structure(lines: _Lines) -> dict[str, Numbers]:
    frame = lines.batch.lines
    of_claim = lines.batch.claims["diagnosis_codes"].list.len().to_numpy()[lines.row]
    furthest = frame["diagnosis_pointers"].list.max().fill_null(0).to_numpy()
    width = lines.code.null + 1
    same_code = lines.row * width + lines.code.index
    days = frame["service_from"].cast(pl.Int32).fill_null(0).to_numpy().astype(np.int64)
    plain = ~lines.has(mod.REPEAT)
    return {
        "count": lines.total(np.ones(len(lines.row))),
        "distinct_codes": lines.total(_first_of_its_kind(same_code)),
        "units": lines.total(lines.units),
        "max_units": lines.largest(lines.units),
        "modifiers": lines.total(lines.modifier_count),
        "bad_pointers": lines.total(furthest > of_claim),
        "duplicates": lines.total(~_first_of_its_kind(same_code * 100_000 + days, plain) & plain),
        "auth_on_file": lines.total(_flags(frame["prior_auth_on_file"])),
        "emergency": lines.total(_flags(frame["emergency"])),
    }


def _first_of_its_kind(keys: Index, among: Flags | None = None) -> Flags:
    """Tell which rows are the first with their key, among the rows that count."""
    first = np.zeros(len(keys), dtype=bool)
    rows = np.arange(len(keys)) if among is None else np.flatnonzero(among)
    first[rows[np.unique(keys[rows], return_index=True)[1]]] = True
    return first


def _codes(lines: _Lines) -> dict[str, Numbers]:
    frame = lines.batch.lines
    claim_pos = lines.batch.claims["place_of_service"].gather(lines.row)
    pos = frame.select(pl.coalesce("place_of_service", claim_pos))["place_of_service"]
    therapy = lines.in_family("therapy")
    visit = lines.in_family(*VISIT_FAMILIES)
    surgery = lines.total(lines.in_family("surgery"))
    remote_bare = _flags(pos.is_in(TELEHEALTH_POS)) & ~lines.has(mod.TELEHEALTH)
    bare_visits = lines.total(visit & ~lines.has(mod.SEPARATE_VISIT))
    panel = lines.total(lines.has_code(PANEL_CODE)) > 0
    return {
        "visits": lines.total(visit),
        "surgery": surgery,
        "imaging": lines.total(lines.in_family("imaging")),
        "laboratory": lines.total(lines.in_family("laboratory")),
        "drugs": lines.total(lines.in_family("drug")),
        "psychiatry": lines.total(lines.in_family("psychiatry")),
        "preventive": lines.total(lines.in_family("preventive_visit")),
        "unlisted": lines.total(lines.in_family("other")),
        "therapy_units": lines.total(lines.units * therapy),
        "therapy_bare": lines.total(therapy & ~lines.has(mod.THERAPY)),
        "cap_exceptions": lines.total(lines.has(mod.CAP_EXCEPTION)),
        "telehealth_bare": lines.total(remote_bare),
        "waivers": lines.total(lines.has(mod.WAIVER)),
        "visit_bare_beside_surgery": ((surgery > 0) & (bare_visits > 0)).astype(np.float64),
        "panel_parts": lines.total(lines.has_code(*PANEL_PARTS)) * panel,
    }


def _learnt(lines: _Lines, encoders: Encoders) -> dict[str, Numbers]:
    claims, row = lines.batch.claims, lines.row
    payer = Coded.of(claims["payer_id"])
    payer = Coded(payer.values, payer.index[row])
    cell_rate = look_up_pairs(encoders, "payer_family_rate", payer, lines.family)
    support = look_up_pairs(encoders, "diagnosis_family_support", _pointed(lines).head(_CATEGORY_LENGTH), lines.family)
    age = claims["patient_age_years"].cast(pl.Float64).to_numpy()[row]
    too_young = age < lines.code.look_up(encoders, "procedure_min_age")
    too_old = age > lines.code.look_up(encoders, "procedure_max_age")
    female = lines.code.look_up(encoders, "procedure_female")
    sex = claims["patient_sex"]
    wrong_sex = (female == 1) & _flags(sex == "M")[row] | (female == 0) & _flags(sex == "F")[row]
    known = np.maximum(lines.total(~np.isnan(support)), 1e-9)
    known_rates = np.maximum(lines.total(~np.isnan(cell_rate)), 1e-9)
    support_min = -lines.largest(-support)
    rate_max = lines.largest(cell_rate)
    return {
        "age_conflicts": lines.total(too_young | too_old),
        "sex_conflicts": lines.total(wrong_sex),
        "support_min": support_min,
        "support_mean": np.where(np.isnan(support_min), np.nan, lines.total(np.nan_to_num(support)) / known),
        "procedure_rate_max": lines.largest(lines.code.look_up(encoders, "procedure_rate")),
        "payer_family_rate_max": rate_max,
        "payer_family_rate_mean": np.where(
            np.isnan(rate_max), np.nan, lines.total(np.nan_to_num(cell_rate)) / known_rates
        ),
    }


def _pointed(lines: _Lines) -> Coded:
    """Return the diagnosis each line points at first; the principal one where no pointer is given."""
    listed = lines.batch.claims["diagnosis_codes"]
    flat = Coded.of(listed.filter(listed.list.len() > 0).explode())
    lengths = listed.list.len().fill_null(0).to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else lengths
    pointer = lines.batch.lines["diagnosis_pointers"].list.first().fill_null(1).to_numpy() - 1
    valid = (pointer >= 0) & (pointer < lengths[lines.row])
    place = np.where(valid, starts[lines.row] + pointer, len(flat.index))
    return Coded(flat.values, np.append(flat.index, flat.null)[place])


def _money(lines: _Lines, encoders: Encoders) -> dict[str, Numbers]:
    frame = lines.batch.lines
    charge = frame["charge_cents"].to_numpy()
    typical = lines.code.look_up(encoders, "procedure_unit_charge_cents")
    priced = np.zeros(len(charge))
    if "expected_allowed_cents" in frame.columns:
        priced = frame["expected_allowed_cents"].is_not_null().to_numpy()
    noncovered = frame["noncovered_cents"].fill_null(0).to_numpy()
    return {
        "charge_cents": lines.total(charge),
        "max_charge_cents": lines.largest(charge.astype(np.float64)),
        "charge_to_typical_max": lines.largest(charge / (typical * np.maximum(lines.units, 0.01))),
        "priced": lines.total(priced),
        "noncovered_cents": lines.total(noncovered),
    }
