"""Service lines summed up for the feature matrix: one value a claim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processors.batch import ClaimBatch
from processors.features import modifiers as mod
from processors.features.coded import Coded, Floats, look_up_pairs
from processors.features.columns import Flags, Index, Numbers, filled
from processors.features.encoders import Encoders
from processors.features.families import families
from processors.features.formula import Columns
from processors.lent import ListShape, list_shapes, read_known, read_list_numbers, read_numbers
from processors.procedure_families import VISIT_FAMILIES

TELEHEALTH_POS = ("02", "10")
# Codes that are part of a comprehensive metabolic panel when billed beside it.
PANEL_CODE = "80053"
PANEL_PARTS = ("80048", "80051", "80076", "82310", "84132", "84295", "82565", "82947")
_CATEGORY_LENGTH = 3

_NUMBERS = ("units", "service_from", "prior_auth_on_file", "emergency", "charge_cents", "noncovered_cents")
_TEXTS = ("procedure_code", "place_of_service")
_LISTS = ("modifiers", "diagnosis_pointers")
_PRICE = "expected_allowed_cents"


@dataclass(frozen=True)
class Diagnoses:
    """The diagnoses of all claims, laid end to end.

    Attributes:
        lists: Where those of each claim begin and how many it has.
        codes: The diagnoses.
    """

    lists: ListShape
    codes: Coded


@dataclass(frozen=True)
class Lines:
    """Columns of the lines in the order of their claims, as arrays.

    `row` is the claim each belongs to, `firsts` where a claim's lines begin, `place` where the service was given,
    `priced` whether there is an expected amount, `pointers` the lists of diagnosis pointers and `pointed` their
    elements (1 is the principal diagnosis). `numbers` holds the others by name.
    """

    claims: Columns
    diagnoses: Diagnoses
    row: Index
    firsts: Index
    code: Coded
    family: Coded
    place: Coded
    priced: Flags
    numbers: dict[str, Numbers]
    bits: Index
    modifier_count: Index
    pointers: ListShape
    pointed: Numbers

    @property
    def units(self) -> Numbers:
        """Units of each line."""
        return self.numbers["units"]

    @property
    def claim_count(self) -> int:
        """Number of claims, those without lines among them."""
        return len(self.diagnoses.lists.lengths)

    def total(self, values: npt.NDArray[np.generic]) -> Numbers:
        """Sum over the lines of each claim."""
        sums: Numbers = np.bincount(self.row, weights=values, minlength=self.claim_count).astype(np.float64)
        return sums

    def largest(self, values: Floats | Numbers) -> Numbers:
        """Return the largest known value of each claim, NaN when none is known."""
        result = np.full(self.claim_count, np.nan)
        if len(values):
            result[self.row[self.firsts]] = np.fmax.reduceat(values, self.firsts)
        return result

    def in_family(self, *names: str) -> Flags:
        """Tell which lines are of these families."""
        return self.family.among(*names)

    def has(self, bit: int) -> Flags:
        """Tell which lines carry a modifier of this kind."""
        result: Flags = (self.bits & bit) > 0
        return result


def summarise_lines(lines: Lines, encoders: Encoders) -> dict[str, Numbers]:
    """Sum the lines up.

    Args:
        lines: The lines.
        encoders: Tables of the model.

    Returns:
        The columns that the feature formulas name with the prefix `line_`, one value a claim in row order.
        Flags and sums of a claim without lines are zero, learnt numbers NaN.
    """
    columns = _structure(lines) | _codes(lines) | _learnt(lines, encoders) | _money(lines, encoders)
    return {f"line_{name}": values for name, values in columns.items()}


def read_lines(batch: ClaimBatch, claims: Columns, diagnoses: Diagnoses) -> Lines:
    """Read the lines of a batch as arrays.

    Args:
        batch: Claims numbered 0..n-1 in order, and their lines.
        claims: Columns of the claims.
        diagnoses: Their diagnoses.
    """
    frame = batch.lines
    row = frame["row"].to_numpy().astype(np.int64)
    if (row[1:] < row[:-1]).any():  # never so in the stream; a caller may have joined or shuffled
        order = np.argsort(row, kind="stable")
        frame, row = frame[order], row[order]
    texts, shapes = Coded.each_of(frame[_TEXTS]), list_shapes(frame[_LISTS])
    code, modifiers = texts["procedure_code"], shapes["modifiers"]
    priced = np.zeros(len(row), dtype=bool)
    if _PRICE in frame.columns:
        priced = read_known(frame[[_PRICE]])[_PRICE]
    return Lines(
        claims=claims,
        diagnoses=diagnoses,
        row=row,
        firsts=np.flatnonzero(np.diff(row, prepend=-1)),
        code=code,
        family=families(code),
        place=texts["place_of_service"],
        priced=priced,
        numbers=read_numbers(frame[_NUMBERS]),
        bits=mod.modifier_bits(frame["modifiers"], modifiers),
        modifier_count=modifiers.lengths,
        pointers=shapes["diagnosis_pointers"],
        pointed=read_list_numbers(frame["diagnosis_pointers"]),
    )


def _structure(lines: Lines) -> dict[str, Numbers]:
    of_claim = lines.diagnoses.lists.counts[lines.row]
    width = lines.code.null + 1
    same_code = lines.row * width + lines.code.index
    days = filled(lines.numbers["service_from"]).astype(np.int64)
    plain = ~lines.has(mod.REPEAT)
    return {
        "count": lines.total(np.ones(len(lines.row))),
        "distinct_codes": lines.total(_first_of_its_kind(same_code)),
        "units": lines.total(lines.units),
        "max_units": lines.largest(lines.units),
        "modifiers": lines.total(lines.modifier_count),
        "bad_pointers": lines.total(_furthest_pointer(lines) > of_claim),
        "duplicates": lines.total(~_first_of_its_kind(same_code * 100_000 + days, plain) & plain),
        "auth_on_file": lines.total(lines.numbers["prior_auth_on_file"] == 1),
        "emergency": lines.total(lines.numbers["emergency"] == 1),
    }


def _first_of_its_kind(keys: Index, among: Flags | None = None) -> Flags:
    """Tell which rows are the first with their key, among the rows that count."""
    first = np.zeros(len(keys), dtype=bool)
    rows = np.arange(len(keys)) if among is None else np.flatnonzero(among)
    first[rows[np.unique(keys[rows], return_index=True)[1]]] = True
    return first


def _codes(lines: Lines) -> dict[str, Numbers]:
    claim_remote = lines.claims.text("place_of_service").among(*TELEHEALTH_POS)
    remote = np.where(lines.place.known, lines.place.among(*TELEHEALTH_POS), claim_remote[lines.row])
    therapy = lines.in_family("therapy")
    visit = lines.in_family(*VISIT_FAMILIES)
    surgery = lines.total(lines.in_family("surgery"))
    remote_bare = remote & ~lines.has(mod.TELEHEALTH)
    bare_visits = lines.total(visit & ~lines.has(mod.SEPARATE_VISIT))
    panel = lines.total(lines.code.among(PANEL_CODE)) > 0
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
        "panel_parts": lines.total(lines.code.among(*PANEL_PARTS)) * panel,
    }


def _learnt(lines: Lines, encoders: Encoders) -> dict[str, Numbers]:
    claims, row = lines.claims, lines.row
    payer = claims.text("payer_id").take(row)
    cell_rate = look_up_pairs(encoders, "payer_family_rate", payer, lines.family)
    support = look_up_pairs(encoders, "diagnosis_family_support", _pointed(lines).head(_CATEGORY_LENGTH), lines.family)
    age = claims.number("patient_age_years")[row]
    too_young = age < lines.code.look_up(encoders, "procedure_min_age")
    too_old = age > lines.code.look_up(encoders, "procedure_max_age")
    female = lines.code.look_up(encoders, "procedure_female")
    sex = claims.text("patient_sex")
    wrong_sex = (female == 1) & sex.among("M")[row] | (female == 0) & sex.among("F")[row]
    known = np.maximum(lines.total(~np.isnan(support)), 1e-9)
    known_rates = np.maximum(lines.total(~np.isnan(cell_rate)), 1e-9)
    support_min = -lines.largest(-support)
    rate_max = lines.largest(cell_rate)
    return {
        "age_conflicts": lines.total(too_young | too_old),
        "sex_conflicts": lines.total(wrong_sex),
        "support_min": support_min,
        "support_mean": np.where(np.isnan(support_min), np.nan, lines.total(filled(support)) / known),
        "procedure_rate_max": lines.largest(lines.code.look_up(encoders, "procedure_rate")),
        "payer_family_rate_max": rate_max,
        "payer_family_rate_mean": np.where(np.isnan(rate_max), np.nan, lines.total(filled(cell_rate)) / known_rates),
    }


def _furthest_pointer(lines: Lines) -> Numbers:
    """Return the highest pointer of each line, 0 where none is given."""
    lists, values = lines.pointers, lines.pointed
    furthest = np.zeros(len(lines.row))
    if len(lists.filled):
        furthest[lists.filled] = filled(np.fmax.reduceat(values, lists.starts[lists.filled]))
    return furthest


def _pointed(lines: Lines) -> Coded:
    """Return the diagnosis each line points at first; the principal one where no pointer is given."""
    lists, values = lines.pointers, lines.pointed
    pointer = np.ones(len(lines.row))
    pointer[lists.filled] = values[lists.starts[lists.filled]]
    place = filled(pointer, 1).astype(np.int64) - 1
    listed, codes = lines.diagnoses.lists, lines.diagnoses.codes
    valid = (place >= 0) & (place < listed.lengths[lines.row])
    found = np.where(valid, listed.starts[lines.row] + place, len(codes.index))
    return Coded(codes.values, np.append(codes.index, codes.null)[found])


def _money(lines: Lines, encoders: Encoders) -> dict[str, Numbers]:
    charge = lines.numbers["charge_cents"]
    typical = lines.code.look_up(encoders, "procedure_unit_charge_cents")
    return {
        "charge_cents": lines.total(charge),
        "max_charge_cents": lines.largest(charge),
        "charge_to_typical_max": lines.largest(charge / (typical * np.maximum(lines.units, 0.01))),
        "priced": lines.total(lines.priced),
        "noncovered_cents": lines.total(filled(lines.numbers["noncovered_cents"])),
    }
