"""The columns all feature formulas read: the claim's own, and what is derived from lines, findings and tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from processors.batch import ClaimBatch
from processors.features.catalogue import columns_asked
from processors.features.coded import Coded
from processors.features.columns import Flags, Index, Numbers, filled
from processors.features.encoders import Encoders
from processors.features.lines import Diagnoses, Lines, read_lines, summarise_lines
from processors.features.npi import invalid_npi_counts
from processors.features.rates import SCOPES, HistoryRates, seconds_of
from processors.lent import counted_missing, list_shapes, read_known, read_numbers

_PAYER_TABLES = (
    "payer_rate",
    "payer_registration_rate",
    "payer_authorisation_rate",
    "payer_coverage_rate",
    "payer_coding_rate",
    "payer_clinical_rate",
    "payer_filing_days",
)
# Columns of earlier steps; without those steps the features on them are NaN.
_FROM_EARLIER_STEPS = frozenset(
    {"error_count", "warning_count", "expected_allowed_cents", "rvu_total_e5", "rvu_work_e5"}
)
_CENTS = 100.0
_CATEGORY_LENGTH = 3
_DAY_US = 86_400e6

_ASKED = columns_asked()
_DATES = {"submitted_at", "service_from", "service_to", "eligibility_checked_on", "charge_posted_on"}
_NUMBERS = _ASKED.numbers | _DATES | {"prior_auth_on_file"}
_TEXTS = _ASKED.texts | {"tenant_id", "payer_id", "billing_npi", "provider_specialty", "coder_id"}
_LISTS = ("diagnosis_codes", "other_payers")


@dataclass(frozen=True)
class Facts:
    """Columns by name, one value a claim in row order; those of the claims are read all at once.

    Attributes:
        size: Number of claims.
        numbers: Columns of numbers and truths, of the claims and derived.
        texts: The same of codes.
        givens: Where columns of the claims are not null.
    """

    size: int
    numbers: dict[str, Numbers]
    texts: dict[str, Coded]
    givens: dict[str, Flags]

    @classmethod
    def of(cls, batch: ClaimBatch, encoders: Encoders, rates: HistoryRates | None = None) -> Facts:
        """Derive the columns that the formulas name.

        Args:
            batch: Claims numbered 0..n-1 in order; validation and pricing may or may not have run.
            encoders: Tables of the model.
            rates: Historical denial rates; None leaves the features on them NaN.
        """
        facts = cls._read(batch.claims)
        lists = list_shapes(batch.claims[_LISTS])
        diagnoses = Diagnoses(lists["diagnosis_codes"], Coded.of_elements(batch.claims["diagnosis_codes"]))
        facts.texts["principal"] = _principal(diagnoses)
        lines = read_lines(batch, facts, diagnoses)
        facts.numbers.update(
            diagnosis_count=diagnoses.lists.counts,
            other_payer_count=lists["other_payers"].counts,
            other_payers_unpaid=_unpaid(batch.claims["other_payers"], lists["other_payers"].known),
            invalid_npis=invalid_npi_counts(batch.claims),
            **_finding_counts(batch),
            **_encodings(facts, encoders),
            **_days(facts),
            **summarise_lines(lines, encoders),
            **_history(facts, lines, batch.claims["submitted_at"], rates),
        )
        facts.numbers["has_auth"] = np.where(
            facts.number("line_auth_on_file") > 0, 1.0, facts.number("prior_auth_on_file")
        )
        facts.numbers.update(_log_money(facts))
        return facts

    @classmethod
    def _read(cls, claims: pl.DataFrame) -> Facts:
        """Read the columns that are asked for and are not derived."""
        numbers, texts, givens = _there(tuple(claims.columns))
        unknown = np.full(claims.height, np.nan)
        return cls(
            claims.height,
            dict.fromkeys(_FROM_EARLIER_STEPS, unknown) | read_numbers(claims[numbers]),
            Coded.each_of(claims[texts]),
            read_known(claims[givens]),
        )

    def number(self, name: str) -> Numbers:
        """Return a column of numbers, truths or days, NaN for null."""
        return self.numbers[name]

    def text(self, name: str) -> Coded:
        """Return a column of codes."""
        return self.texts[name]

    def given(self, name: str) -> Flags:
        """Tell where a column is not null."""
        return self.givens[name]


@lru_cache(maxsize=8)
def _there(columns: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    """Return the columns of numbers, of codes and those whose nulls matter that are among these of the claims."""
    numbers, texts, givens = (sorted(asked.intersection(columns)) for asked in (_NUMBERS, _TEXTS, _ASKED.givens))
    return numbers, texts, givens


def _principal(diagnoses: Diagnoses) -> Coded:
    """Return the first diagnosis of each claim."""
    lists, codes = diagnoses.lists, diagnoses.codes
    index = np.full(len(lists.lengths), codes.null)
    index[lists.filled] = codes.index[lists.starts[lists.filled]]
    return Coded(codes.values, index)


def _unpaid(other_payers: pl.Series, known: Flags) -> Numbers:
    """Count the other payers that have not paid yet."""
    return np.where(known, counted_missing(other_payers, "paid_cents"), np.nan)


def _finding_counts(batch: ClaimBatch) -> dict[str, Numbers]:
    """Count the different rules that speak about each claim, and the different lines they speak about."""
    found = batch.findings
    row = found["row"].to_numpy().astype(np.int64)
    rules, line = Coded.of(found["rule_id"]), read_numbers(found[["line_number"]])["line_number"]
    within = row < batch.size
    on_line = within & ~np.isnan(line)
    return {
        "finding_rules": _distinct(row[within], rules.index[within], batch.size),
        "finding_lines": _distinct(row[on_line], line[on_line].astype(np.int64), batch.size),
    }


def _distinct(row: Index, value: Index, size: int) -> Numbers:
    """Count the different values of each row; values fit in 32 bits."""
    different = np.unique((row << 32) + value, return_index=True)[1]
    return np.bincount(row[different], minlength=size).astype(np.float64)


def _encodings(facts: Facts, encoders: Encoders) -> dict[str, Numbers]:
    payer, principal = facts.text("payer_id"), facts.text("principal")
    found = {table: payer.look_up(encoders, table) for table in _PAYER_TABLES} | {
        "billing_rate": facts.text("billing_npi").look_up(encoders, "billing_rate"),
        "specialty_rate": facts.text("provider_specialty").look_up(encoders, "specialty_rate"),
        "coder_rate": facts.text("coder_id").look_up(encoders, "coder_rate"),
        "diagnosis_rate": principal.head(_CATEGORY_LENGTH).look_up(encoders, "diagnosis_rate"),
        "diagnosis_female": principal.look_up(encoders, "diagnosis_female"),
    }
    return {name: values.astype(np.float64) for name, values in found.items()}


def _history(facts: Facts, lines: Lines, submitted_at: pl.Series, rates: HistoryRates | None) -> dict[str, Numbers]:
    """Return the denial rates that were known at submission; of procedures the highest of the lines."""
    if rates is None or not rates.scopes:
        unknown = np.full(facts.size, np.nan)
        return {f"history_{scope}": unknown for scope in SCOPES}
    tenant, payer, provider = (facts.text(name) for name in ("tenant_id", "payer_id", "billing_npi"))
    at = seconds_of(submitted_at)
    diagnosis = facts.text("principal").head(_CATEGORY_LENGTH)
    keys = {"payer": (payer,), "provider": (provider,), "diagnosis": (diagnosis,), "payer_provider": (payer, provider)}
    row = lines.row
    line_keys = {
        "procedure": (lines.code,),
        "payer_procedure": (payer.take(row), lines.code),
        "provider_procedure": (provider.take(row), lines.code),
        "payer_procedure_family": (payer.take(row), lines.family),
    }
    line_tenant = tenant.take(row)
    found = {scope: rates.look_up(scope, tenant, parts, at) for scope, parts in keys.items()} | {
        scope: lines.largest(rates.look_up(scope, line_tenant, parts, at[row])) for scope, parts in line_keys.items()
    }
    return {f"history_{scope}": values for scope, values in found.items()}


def _days(facts: Facts) -> dict[str, Numbers]:
    """Return days between the dates of the claim; dates are days since 1970."""
    submitted = np.floor(facts.number("submitted_at") / _DAY_US)
    service_to, service_from = facts.number("service_to"), facts.number("service_from")
    last_service = np.where(np.isnan(service_to), service_from, service_to)
    months = filled(submitted).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return {
        "days_to_submission": submitted - last_service,
        "days_since_eligibility": service_from - facts.number("eligibility_checked_on"),
        "days_to_posting": facts.number("charge_posted_on") - last_service,
        "submitted_month": np.where(np.isnan(submitted), np.nan, months % 12 + 1),
    }


def _log_money(facts: Facts) -> dict[str, Numbers]:
    """Return log(1 + dollars) of amounts, of all at once."""
    sources = {
        "log_total_charge": "total_charge_cents",
        "log_max_line_charge": "line_max_charge_cents",
        "log_expected_allowed": "expected_allowed_cents",
    }
    cents = np.stack([facts.number(source) for source in sources.values()])
    dollars = np.clip(cents, 0, None) / _CENTS
    # One library's logarithm everywhere: a last bit that differs between CPUs would change stored features.
    logs = pl.Series(dollars.ravel()).log1p().to_numpy().reshape(cents.shape)
    return dict(zip(sources, logs, strict=True))
