"""Price service lines outside the stream, by fee schedule and payer contracts: a question, or a file of them.

All figures of a question are text, as people type them and files hold them. What cannot be read gives its row a
status and a problem in words; the other rows are priced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

import polars as pl

from claimstream.fee_formula import FeeFormula, fee_formula
from claimstream.settings import Settings
from processors.batch import ClaimBatch
from processors.pricing import PriceBook
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.pricing.lines import price_lines
from reference.library import ReferenceLibrary

REQUIRED = ("code", "pos", "date")
PLACES = ("locality", "zip")
"""Columns that say where a service was given; at least one is needed."""

OPTIONAL = (
    *("modifiers", "units", "minutes", "charge", "payer", "tenant", "plan_type", "billing_npi", "taxonomy"),
    *("claim", "provider", "participating", "in_apm", "postoperative_days", "present_at_induction"),
)
COLUMNS = (*REQUIRED, *PLACES, *OPTIONAL)
"""Columns of a question; all but those of REQUIRED and one of PLACES may be absent."""

UNREADABLE = "unreadable"
"""Status of a row that holds something that cannot be read."""

_YES_OR_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_LOCALITY = r"^([A-Z]{2})(?:-([0-9A-Z]{2}))?$"
_CLAIM = ["tenant_id", "payer_id", "plan_type", "billing_npi", "rendering_taxonomy", "claim"]


@dataclass(frozen=True)
class Pricing:
    """The tools that price.

    Attributes:
        book: Price book.
        contracts: Payer contracts.
        tenant: Tenant of questions that name none.
        year: Year whose last schedule prices in place of that of the service date; None for the latter.
    """

    book: PriceBook
    contracts: ContractSet
    tenant: str
    year: int | None = None

    @classmethod
    def of(cls, settings: Settings, year: int | None = None) -> Self:
        """Return the tools that the settings name.

        Raises:
            ClaimstreamError: Reference data or a contract cannot be used.
        """
        library = ReferenceLibrary.open(settings.reference_path)
        contracts = ContractSet.load(settings.claimstream_contracts, library.frame("procedure_families"))
        return cls(PriceBook.of(library), contracts, settings.claimstream_tenant, year)

    @property
    def version(self) -> str:
        """Version of the price book and of the contracts."""
        return f"{self.book.version}+{self.contracts.version}" if self.contracts else self.book.version

    def price(self, questions: pl.DataFrame) -> pl.DataFrame:
        """Price questions.

        Args:
            questions: Text columns of COLUMNS, and any others.

        Returns:
            One row a question, in order: allowed_cents, rvu_total, rvu_work (null without a price), basis, status,
            problem (null unless something cannot be read) and steps (List of step, factor_e4, amount_cents).
        """
        read = _read(questions, self.tenant).with_row_index("question")
        readable = read.filter(pl.col("problem").is_null())
        batch = apply_contracts(self._by_schedule(_batch(readable)), self.book, self.contracts, _price_again)
        answers = batch.lines.select(
            "question",
            allowed_cents="expected_allowed_cents",
            rvu_total=(pl.col("rvu_total_e5") / 1e5).round(5),
            rvu_work=(pl.col("rvu_work_e5") / 1e5).round(5),
            basis="price_basis",
            status="price_status",
            steps="price_steps",
        )
        return (
            read.select("question", "problem")
            .join(answers, on="question", how="left", maintain_order="left")
            .with_columns(pl.col("status").fill_null(UNREADABLE), pl.col("basis").fill_null("none"))
            .drop("question")
        )

    def formula(self, questions: pl.DataFrame) -> FeeFormula | None:
        """Return what the Medicare fee of the first question is made of; None where there is none."""
        line = _read(questions, self.tenant).row(0, named=True)
        if line["problem"] is not None:
            return None
        priced_on = line["date"] if self.year is None else date(self.year, 12, 31)
        return fee_formula({**line, "date": priced_on}, self.book)

    def _by_schedule(self, batch: ClaimBatch) -> ClaimBatch:
        """Return the batch with the prices of the fee schedule."""
        if self.year is None:
            return _price_again(batch, self.book)
        dated = ClaimBatch(batch.claims, batch.lines.with_columns(service_from=date(self.year, 12, 31)), batch.now)
        priced = _price_again(dated, self.book)
        return ClaimBatch(
            priced.claims, priced.lines.with_columns(batch.lines["service_from"], batch.lines["date"]), batch.now
        )


def _read(questions: pl.DataFrame, tenant: str) -> pl.DataFrame:
    """Return questions as lines of `price_lines` and the fields of a claim that contracts read, and their problems."""
    given = questions.select(
        (pl.col(name) if name in questions.columns else pl.lit(None, dtype=pl.String)).alias(name) for name in COLUMNS
    ).select(pl.all().str.strip_chars().replace("", None))
    read = given.select(
        pl.col("code").str.to_uppercase(),
        "pos",
        "zip",
        "claim",
        "provider",
        "taxonomy",
        "plan_type",
        "billing_npi",
        modifiers=pl.col("modifiers").str.to_uppercase().str.extract_all(r"[0-9A-Z]+").fill_null([]),
        date=pl.col("date").str.to_date("%Y-%m-%d", strict=False),
        state=pl.col("locality").str.to_uppercase().str.extract(_LOCALITY, 1),
        locality=pl.col("locality").str.to_uppercase().str.extract(_LOCALITY, 2),
        units=pl.col("units").cast(pl.Float64, strict=False),
        minutes=pl.col("minutes").cast(pl.Float64, strict=False),
        charge_cents=_cents(pl.col("charge")),
        postoperative_days=pl.col("postoperative_days").cast(pl.Int64, strict=False),
        **{name: _yes_or_no(pl.col(name)) for name in ("participating", "in_apm", "present_at_induction")},
        payer_id=pl.col("payer"),
        tenant_id=pl.col("tenant").fill_null(tenant),
    )
    needed = ("code", "pos", "date")
    missing = [pl.when(given[name].is_null()).then(pl.lit(f"{name} is missing")) for name in needed]
    nowhere = pl.when(given["locality"].is_null() & given["zip"].is_null()).then(pl.lit("locality or zip is missing"))
    formats = {
        "date": ("date", "is not a date as 2026-03-01"),
        "locality": ("state", "is not a locality as CA-18"),
        "units": ("units", "is not a number"),
        "minutes": ("minutes", "is not a number"),
        "charge": ("charge_cents", "is not an amount as 150.00"),
        "postoperative_days": ("postoperative_days", "is not a whole number"),
        **{name: (name, "is neither yes nor no") for name in ("participating", "in_apm", "present_at_induction")},
    }
    wrong = [
        pl.when(given[name].is_not_null() & pl.col(column).is_null()).then(pl.lit(f"{name} {what}"))
        for name, (column, what) in formats.items()
    ]
    return read.with_columns(problem=pl.coalesce(*missing, nowhere, *wrong))


def _yes_or_no(text: pl.Expr) -> pl.Expr:
    """Return yes or no as text; null where it is neither."""
    return text.str.to_lowercase().replace_strict(_YES_OR_NO, default=None, return_dtype=pl.Boolean)


def _cents(amount: pl.Expr) -> pl.Expr:
    """Return dollars as text in cents; null where it is no amount with at most two decimals."""
    parts = amount.str.extract_groups(r"^\$?([0-9]{1,12})(?:\.([0-9]{1,2}))?$")
    dollars = parts.struct.field("1").cast(pl.Int64, strict=False)
    return dollars * 100 + parts.struct.field("2").fill_null("0").str.pad_end(2, "0").cast(pl.Int64, strict=False)


def cents_of(amount: str) -> int | None:
    """Return dollars as text in cents; None where it is no amount."""
    cents: int | None = pl.select(_cents(pl.lit(amount))).item()
    return cents


def _batch(read: pl.DataFrame) -> ClaimBatch:
    """Return read questions as a batch of professional claims; lines of one `claim` of a payer are one claim."""
    lines = read.with_columns(
        pl.col("claim").fill_null(pl.format("question {}", "question")).alias("claim_key"),
        rendering_taxonomy=pl.col("taxonomy"),
        procedure_code=pl.col("code"),
        place_of_service=pl.col("pos"),
        service_from=pl.col("date"),
        revenue_code=pl.lit(None, dtype=pl.String),
        unit_basis=pl.lit("UN"),
        units=pl.col("units").fill_null(1.0),
    )
    key = pl.struct("claim_key", *(column for column in _CLAIM if column != "claim"))
    lines = lines.with_columns(row=key.rank("dense").cast(pl.UInt32) - 1).sort("row", maintain_order=True)
    lines = lines.with_columns(line_number=pl.int_range(1, pl.len() + 1).over("row").cast(pl.Int32))
    claims = lines.group_by("row", maintain_order=True).agg(pl.col(*_CLAIM).first()).drop("claim")
    claims = claims.with_columns(
        claim_type=pl.lit("professional"),
        expected_allowed_cents=pl.lit(None, dtype=pl.Int64),
        price_basis=pl.lit("none"),
        price_version=pl.lit(""),
        **{
            name: pl.lit(None, dtype=pl.String)
            for name in ("billing_taxonomy", "place_of_service", "drg_code", "type_of_bill")
        },
        **{name: pl.lit(None, dtype=pl.Date) for name in ("service_from", "statement_from", "admitted_on")},
    )
    return ClaimBatch(claims=claims, lines=lines, now=datetime.now(UTC))


def _price_again(batch: ClaimBatch, book: PriceBook) -> ClaimBatch:
    """Return the batch with the fee schedule's price of every line on its service date."""
    lines = price_lines(batch.lines.with_columns(date=pl.col("service_from")), book)
    return ClaimBatch(batch.claims, lines, batch.now)
