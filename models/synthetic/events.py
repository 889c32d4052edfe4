"""Facts turned into complete claims.submitted events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from models.synthetic.conform import CLAIM_SCHEMA, complete
from models.synthetic.encounters import Columns
from models.synthetic.kinds import the_kinds
from models.synthetic.line_columns import is_clia_test, nested_lines
from models.synthetic.ragged import listed
from models.synthetic.specialties import FAMILY_INDEX, SPECIALTIES
from models.synthetic.world import Flags, World, state_names

EVENT_SCHEMA = CLAIM_SCHEMA
GROWN_UP = 26
"""Age from which a dependent is the spouse, no longer a child."""

CHANGE_REASON = "D9"
"""Condition code of a replaced hospital bill: any other change (Medicare asks for one)."""

UNBALANCED_CENTS = 1_000
"""By how much a claim's total differs from its lines where that fault is planted."""

NO_SUCH_DIAGNOSIS = "ZZ999"
_QUALIFIERS = ("ABK", "ABF")
_CLAIM_TYPES = ["professional", "institutional", "dental"]
_FILING_CODE = {
    "commercial": "CI",
    "medicare": "MB",
    "medicare_advantage": "16",
    "medicaid": "MC",
    "exchange": "HM",
    "tricare": "CH",
    "workers_comp": "WC",
    "other": "AM",
}
_REFERRED = ("imaging", "laboratory", "therapy")


def event_frame(world: World, claims: Columns, lines: Columns, submitted_at: pl.Series) -> pl.DataFrame:
    """Build the events without ids, tokens and sealed data.

    Args:
        world: Hidden structure.
        claims: Facts of the claims.
        lines: Facts of the lines.
        submitted_at: Instant of each submission (Datetime, UTC); services lie before it.

    Returns:
        Columns of the claims.submitted contract in order, ids and tokens null.
    """
    frame = pl.DataFrame({"submitted_at": submitted_at})
    frame = frame.with_columns(_service_to(claims)).with_columns(_dates(claims, _days_of_service(claims, lines)))
    frame = frame.with_columns(
        *_patient(claims),
        *_payer(world, claims),
        *_provider(world, claims),
        *_claim(claims),
        *_office(claims),
        _clia(world, claims, lines),
    )
    pos = _place(claims)
    frame = frame.with_columns(
        pos, *_diagnoses(world, claims), _other_payers(claims), total_charge_cents=_total(claims, lines)
    )
    dates = frame.select("service_from", "service_to")
    frame = frame.with_columns(lines=nested_lines(world, claims, lines, dates, pos))
    return complete(frame, EVENT_SCHEMA)


def _texts(values: Sequence[str | None], index: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.String).gather(index)


def spread(count: int, start: datetime, span: timedelta) -> pl.Series:
    """Return instants in order from `start` on, spread over a time; zero puts them one millisecond apart."""
    span_us = span // timedelta(microseconds=1) or 1000 * count
    offsets = np.arange(count, dtype=np.int64) * span_us // count
    first = int(start.timestamp()) * 1_000_000 + start.microsecond
    return pl.from_epoch(pl.Series(first + offsets), time_unit="us").dt.replace_time_zone("UTC")


def _flag(values: np.ndarray, unknown: Flags | None = None) -> pl.Expr:
    known = pl.lit(pl.Series(np.asarray(values, dtype=bool)))
    return known if unknown is None else pl.when(~pl.lit(pl.Series(unknown))).then(known)


def _days(values: np.ndarray) -> pl.Expr:
    return pl.duration(days=pl.lit(pl.Series(values)))


def _days_of_service(c: Columns, lines: Columns) -> np.ndarray:
    last = np.zeros(len(c["family"]), dtype=np.int64)
    np.maximum.at(last, lines["claim"], lines["day"])
    return last


def _service_to(c: Columns) -> pl.Expr:
    return (pl.col("submitted_at").dt.date() - _days(c["lag_days"])).alias("service_to")


def _dates(c: Columns, days_of_service: np.ndarray) -> list[pl.Expr]:
    # Claims with their dates swapped end two days before they begin.
    service_from = pl.col("service_to") - _days(np.where(c["dates_swapped"], -2, days_of_service))
    institutional = pl.lit(pl.Series(c["claim_type"] == 1))
    checked = service_from - _days(c["eligibility_age"])
    at_work = c["payer_type"] == "workers_comp"
    return [
        service_from.alias("service_from"),
        pl.when(institutional).then(service_from).alias("statement_from"),
        pl.when(institutional).then(pl.col("service_to")).alias("statement_to"),
        pl.when(_flag(c["admitted_days"] >= 0))
        .then(service_from - _days(np.maximum(c["admitted_days"], 0)))
        .alias("admitted_on"),
        (pl.col("service_to") + _days(c["post_days"])).alias("charge_posted_on"),
        pl.when(~_flag(c["eligibility_unknown"])).then(checked).alias("eligibility_checked_on"),
        pl.when(_flag(c["accident"] | at_work)).then(service_from - pl.duration(days=3)).alias("accident_on"),
    ]


def _patient(c: Columns) -> list[pl.Expr | pl.Series]:
    states, zips = state_names()
    return [
        pl.Series("patient_age_years", c["age"]),
        pl.Series("patient_sex", c["sex"].tolist(), dtype=pl.String),
        _texts(list(states), c["state"]).alias("patient_state"),
        pl.when(~_flag(c["no_area"])).then(_texts(list(zips), c["state"])).alias("patient_zip3"),
        pl.when(~_flag(c["dependent"]))
        .then(pl.lit("18"))
        .when(_flag(c["age"] < GROWN_UP))
        .then(pl.lit("19"))
        .otherwise(pl.lit("01"))
        .alias("patient_relationship"),
    ]


def _payer(world: World, c: Columns) -> list[pl.Expr | pl.Series]:
    table = world.payers[c["payer"]]
    kind = table["payer_type"]
    filing = kind.replace_strict(_FILING_CODE, default="CI")
    part_a = pl.lit(pl.Series((c["claim_type"] == 1) & (kind == "medicare").to_numpy()))
    sequence = pl.when(_flag(c["secondary"])).then(pl.lit("S")).otherwise(pl.lit("P"))
    return [
        table["payer_id"],
        kind,
        table["plan_type"],
        pl.when(part_a).then(pl.lit("MA")).otherwise(filing).alias("claim_filing_code"),
        sequence.alias("payer_sequence"),
        _flag(~c["member_missing"]).alias("member_id_present"),
        _flag(~c["member_invalid"], c["member_unchecked"] | c["member_missing"]).alias("member_id_valid"),
    ]


def _provider(world: World, c: Columns) -> list[pl.Expr | pl.Series]:
    table = world.providers[c["provider"]]
    specialty = table["specialty"].to_numpy()
    institutional = pl.lit(pl.Series(c["claim_type"] == 1))
    npi, billing = table["npi"], table["billing_npi"]
    bad = _flag(c["bad_npi"])
    last = npi.str.slice(9, 1).cast(pl.Int32)
    mistyped = npi.str.slice(0, 9) + ((last + 1) % 10).cast(pl.String)
    wrong_npi = pl.when(bad).then(pl.lit(mistyped)).otherwise(pl.lit(npi))
    taxonomy = _texts([s.taxonomy for s in SPECIALTIES], specialty)
    billed_taxonomy = pl.when(~_flag(c["no_taxonomy"])).then(taxonomy)
    referred = np.isin(c["family"], [FAMILY_INDEX[name] for name in _REFERRED])
    referring = world.providers["npi"].gather((c["provider"] + 11) % world.providers.height)
    return [
        billing.alias("billing_npi"),
        table["tax_id"].alias("billing_tax_id"),
        table["state"].alias("billing_state"),
        table["zip"].alias("billing_zip"),
        billed_taxonomy.alias("billing_taxonomy"),
        pl.when(~institutional).then(wrong_npi).alias("rendering_npi"),
        pl.when(~institutional & ~_flag(c["no_taxonomy"])).then(taxonomy).alias("rendering_taxonomy"),
        pl.when(institutional).then(wrong_npi).alias("attending_npi"),
        pl.when(_flag(referred) | _flag(c["referral_on_file"])).then(referring).alias("referring_npi"),
        _texts([s.label for s in SPECIALTIES], specialty).alias("provider_specialty"),
        table["experience"].alias("provider_experience_years"),
        _flag(~c["out_of_network"], c["network_unknown"]).alias("provider_in_network"),
        _flag(~c["not_credentialed"]).alias("provider_credentialed"),
    ]


def _claim(c: Columns) -> list[pl.Expr | pl.Series]:
    replaced = c["replacement"] & ~c["resubmitted_as_original"] | c["reference_lost"]
    referenced = (c["replacement"] & ~c["reference_lost"]) | c["resubmitted_as_original"]
    accident, institutional = _flag(c["accident"]), _flag(c["claim_type"] == 1)
    frequency = pl.when(_flag(replaced)).then(pl.lit("7")).otherwise(pl.lit("1"))
    urgent = _flag(c["family"] == FAMILY_INDEX["emergency_visit"])
    medicare = np.isin(c["payer_type"], ["medicare", "medicare_advantage"]) & (c["claim_type"] == 1)
    changed = (
        pl.when(_flag(replaced & medicare)).then(pl.lit([CHANGE_REASON])).otherwise(pl.lit([], pl.List(pl.String)))
    )
    return [
        changed.alias("condition_codes"),
        _texts(_CLAIM_TYPES, c["claim_type"]).alias("claim_type"),
        frequency.alias("frequency_code"),
        pl.when(_flag(referenced))
        .then(pl.lit("SYNREF") + pl.int_range(pl.len()).cast(pl.String))
        .alias("original_reference"),
        pl.when(institutional).then(pl.lit("013") + frequency).alias("type_of_bill"),
        pl.when(institutional).then(pl.when(urgent).then(pl.lit("1")).otherwise(pl.lit("3"))).alias("admission_type"),
        pl.when(institutional).then(pl.lit("1")).alias("admission_source"),
        pl.when(institutional).then(pl.lit("01")).alias("patient_status"),
        pl.when(_flag(c["payer_type"] == "workers_comp"))
        .then(pl.lit("EM"))
        .when(accident)
        .then(pl.lit("OA"))
        .alias("accident_cause"),
        _flag(~c["no_signature"]).alias("signature_on_file"),
        pl.lit("A").alias("assignment_code"),
        pl.lit("Y").alias("benefits_assigned"),
        pl.when(~_flag(c["no_release"])).then(pl.lit("Y")).alias("release_code"),
        pl.when(_flag(c["delay_reason"])).then(pl.lit("9")).alias("delay_reason_code"),
        pl.lit("generator").alias("source"),
    ]


def _office(c: Columns) -> list[pl.Expr | pl.Series]:
    return [
        _flag(c["auth_required"]).alias("prior_auth_required"),
        _flag(c["auth_on_file"]).alias("prior_auth_on_file"),
        _flag(c["referral_required"]).alias("referral_required"),
        _flag(c["referral_on_file"]).alias("referral_on_file"),
        _flag(~c["eligibility_inactive"], c["eligibility_unknown"]).alias("eligibility_active"),
        (pl.lit("C") + pl.Series(c["coder"] + 1).cast(pl.String).str.zfill(3)).alias("coder_id"),
        pl.Series("coding_quality_score", c["coding_quality"]),
        pl.Series("documentation_score", c["documentation"]),
        pl.Series("processing_minutes", c["minutes"]),
        pl.Series("touch_count", c["touches"]),
        pl.Series("attachment_count", c["attachments"]),
        _flag(c["note"]).alias("note_present"),
    ]


def _place(c: Columns) -> pl.Series:
    codes = the_kinds().place_codes
    pos = np.array(codes, dtype=object)[c["place"]]
    pos = np.where(c["claim_type"] == 2, "11", pos)
    pos = np.where(c["invalid_pos"], "77", pos)
    pos[c["claim_type"] == 1] = None
    return pl.Series("place_of_service", pos.tolist(), dtype=pl.String)


def _clia(world: World, c: Columns, lines: Columns) -> pl.Expr:
    tested = np.bincount(lines["claim"], weights=is_clia_test(world, lines), minlength=len(c["family"])) > 0
    number = world.providers["clia_number"].gather(c["provider"])
    return pl.when(_flag(tested & (c["claim_type"] == 0))).then(number).alias("clia_number")


def _diagnoses(world: World, c: Columns) -> list[pl.Series]:
    codes = pl.Series([*world.diagnoses.code.tolist(), NO_SUCH_DIAGNOSIS], dtype=pl.String)
    slots = np.stack([c["dx1"], c["dx2"], c["dx3"], c["dx4"]], axis=1)
    slots[:, 0] = np.where(c["invalid_diagnosis"], len(codes) - 1, slots[:, 0])
    counts = (slots >= 0).sum(axis=1)
    _, place = np.nonzero(slots >= 0)
    ranks = pl.Series(_QUALIFIERS, dtype=pl.String).gather(np.minimum(place, 1))
    return [
        listed(counts, codes.gather(slots[slots >= 0])).alias("diagnosis_codes"),
        listed(counts, ranks).alias("diagnosis_qualifiers"),
        listed(counts, pl.Series([""]).new_from_index(0, len(place))).alias("diagnosis_poa"),
    ]


def _other_payers(c: Columns) -> pl.Expr:
    dtype = EVENT_SCHEMA["other_payers"]
    secondary = _flag(c["secondary"])
    # Ahead of Medicare stands the plan of an employer, ahead of any other payer Medicare.
    employed = secondary & _flag(np.isin(c["payer_type"], ["medicare", "medicare_advantage"]))
    decided = secondary & ~_flag(c["other_unpaid"])
    charge = c["charge"].astype(np.int64) + UNBALANCED_CENTS * c["unbalanced_total"]
    paid, left = (charge * 0.4).astype(np.int64), (charge * 0.1).astype(np.int64)
    written_off = charge - paid - left
    reductions = [
        pl.struct(
            group_code=pl.lit(group),
            carc=pl.lit(carc),
            amount_cents=pl.lit(pl.Series(amount)),
            quantity=pl.lit(None, pl.Float64),
        )
        for group, carc, amount in (("CO", "45", written_off), ("PR", "2", left))
    ]
    listed_type = dtype.inner.fields[-1].dtype  # type: ignore[attr-defined]  # a list of structs
    record = pl.struct(
        payer_id=pl.when(employed)
        .then(pl.lit("CSCOM01"))
        .when(secondary)
        .then(pl.lit("CSMCR01"))
        .otherwise(pl.lit("CSMAD01")),
        payer_sequence=pl.when(secondary).then(pl.lit("P")).otherwise(pl.lit("S")),
        claim_filing_code=pl.when(employed)
        .then(pl.lit("CI"))
        .when(secondary)
        .then(pl.lit("MB"))
        .otherwise(pl.lit("16")),
        paid_cents=pl.when(decided).then(pl.lit(pl.Series(paid))),
        adjudicated_on=pl.when(decided).then(pl.col("submitted_at").dt.date()),
        adjustments=pl.when(decided)
        .then(pl.concat_list(reductions).cast(listed_type))
        .otherwise(pl.lit([], listed_type)),
    )
    listed = pl.concat_list(record).cast(dtype)
    chosen = pl.when(_flag(c["other_known"])).then(listed).otherwise(pl.lit([], dtype))
    return chosen.alias("other_payers")


def _total(c: Columns, lines: Columns) -> pl.Series:
    charge = np.bincount(lines["claim"], weights=lines["charge_cents"], minlength=len(c["family"]))
    return pl.Series(charge.astype(np.int64) + UNBALANCED_CENTS * c["unbalanced_total"])
