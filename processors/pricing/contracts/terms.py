"""The terms of a payer contract: which lines a term is about, and how it pays them."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from processors.pricing.contracts.codes import form, number
from processors.pricing.contracts.figures import Cents, PercentE4

_CODE = re.compile(r"[0-9A-Z]{1,8}")


def _text(value: object) -> object:
    """Refuse a code or a name that YAML has read as a number: 00100 without quotes is 64."""
    if isinstance(value, int | float):
        msg = f"it must be written in quotes: without them it is read as the number {value}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    return value


def _range(value: object) -> object:
    """Return the first and the last code of "99202-99215"; a single code is both."""
    value = _text(value)
    if not isinstance(value, str):
        return value
    first, _, last = value.partition("-")
    last = last or first
    if not (_CODE.fullmatch(first) and _CODE.fullmatch(last)):
        msg = f"{value!r} is neither a code nor a range of codes as 99202-99215"
        raise ValueError(msg)
    if form(number(first)) != form(number(last)) or last < first:
        msg = f"{value!r} is no range: both codes need the same form, the lower one first"
        raise ValueError(msg)
    return first, last


CodeRange = Annotated[tuple[str, str], BeforeValidator(_range)]
"""Codes from the first to the last, both included."""

CodeRanges = Annotated[tuple[CodeRange, ...], Field(min_length=1)]
Name = Annotated[str, BeforeValidator(_text), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
Modifier = Annotated[str, BeforeValidator(_text), Field(pattern=r"^[0-9A-Z]{2}$")]
PlaceOfService = Annotated[str, BeforeValidator(_text), Field(pattern=r"^[0-9]{2}$")]
ClaimType = Literal["professional", "institutional", "dental"]


class Model(BaseModel):
    """What every part of a contract file keeps to: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class When(Model):
    """The lines that a term is about: every key that is given must fit, one of its values is enough.

    Attributes:
        codes: Procedure codes and ranges of them.
        revenue_codes: Revenue codes and ranges of them.
        families: Families of the table procedure_families.
        modifiers: Modifiers, one of which the line carries.
        places_of_service: Places of service of the line, else of the claim.
        claim_types: Types of claim.
    """

    codes: CodeRanges | None = None
    revenue_codes: CodeRanges | None = None
    families: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    modifiers: Annotated[tuple[Modifier, ...], Field(min_length=1)] | None = None
    places_of_service: Annotated[tuple[PlaceOfService, ...], Field(min_length=1)] | None = None
    claim_types: Annotated[tuple[ClaimType, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            msg = "it names nothing; leave `when` out for a term about every line"
            raise ValueError(msg)
        return self


class _Term(Model):
    """What every term has.

    Attributes:
        id: Name of the term, unique in its contract; it stands in the steps of a price.
        when: The lines it is about; None for every line.
        lesser_of_charge: Whether the charge caps the amount; None for what the contract says.
    """

    always_pays: ClassVar[bool] = False
    """Whether the method has an amount for every line, so that no term after it is ever reached."""

    id: Name
    when: When | None = None
    lesser_of_charge: StrictBool | None = None


class PercentOfMedicare(_Term):
    """A share of the Medicare fee, before Medicare's own comparison with the charge.

    Attributes:
        percent: The share.
        year: The schedule of the service date, or the last one of a fixed year.
    """

    method: Literal["percent_of_medicare"]
    percent: PercentE4
    year: Literal["current"] | Annotated[int, Field(strict=True, ge=2000, le=2100)] = "current"


class PercentOfCharge(_Term):
    """A share of the line's charge.

    Attributes:
        percent: The share.
    """

    always_pays: ClassVar[bool] = True
    method: Literal["percent_of_charge"]
    percent: PercentE4


class FeeTableTerm(_Term):
    """Rates by procedure code and modifier from a comma-separated file.

    Attributes:
        file: Path of the table, from the folder of the contract file.
        modifier_percent: Share of the rate that a modifier leaves, for lines whose row does not name it.
    """

    method: Literal["fee_table"]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./ -]*\.csv$")]
    modifier_percent: dict[Modifier, PercentE4] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _inside_the_folder(self) -> Self:
        if ".." in self.file.split("/"):
            msg = f"the table {self.file} must be in the folder of the contract"
            raise ValueError(msg)
        return self


class NoPayment(_Term):
    """Nothing is paid: the service is part of another one."""

    always_pays: ClassVar[bool] = True
    method: Literal["no_payment"]


class StopLoss(Model):
    """More for a claim whose charge is far above the ordinary.

    Attributes:
        threshold: Charge of the covered lines from which it holds.
        percent_of_charge_above: Share of the charge above the threshold that is added.
    """

    threshold: Cents
    percent_of_charge_above: PercentE4


class _ClaimTerm(_Term):
    """A term that pays one amount for all lines of a claim that it is about.

    Attributes:
        stop_loss: What is added for very high charges.
    """

    stop_loss: StopLoss | None = None


class DayRate(Model):
    """What a day costs.

    Attributes:
        revenue_codes: Accommodation codes whose units are days.
        rate: Amount a day.
    """

    revenue_codes: CodeRanges
    rate: Cents


class PerDiem(_ClaimTerm):
    """An amount a day of stay for the whole claim.

    Attributes:
        rates: Rates by revenue code; the first that names a code holds.
    """

    method: Literal["per_diem"]
    rates: Annotated[tuple[DayRate, ...], Field(min_length=1)]


_CASE_KEYS = {"drg": re.compile(r"[0-9]{3}"), "type_of_bill": re.compile(r"0[0-9]{2}[0-9A-Z]?")}


class CaseRate(_ClaimTerm):
    """One amount for the whole claim.

    Attributes:
        by: What the claim is looked up by.
        rates: Amount by diagnosis related group of three digits, or by type of bill: four characters, or the
            first three for any frequency.
    """

    method: Literal["case_rate"]
    by: Literal["drg", "type_of_bill"]
    rates: Annotated[dict[Annotated[str, BeforeValidator(_text)], Cents], Field(min_length=1)]

    @model_validator(mode="after")
    def _keys_are_codes(self) -> Self:
        for key in self.rates:
            if not _CASE_KEYS[self.by].fullmatch(key):
                msg = f"{key!r} is no {self.by.replace('_', ' ')}"
                raise ValueError(msg)
        return self


Term = PercentOfMedicare | PercentOfCharge | FeeTableTerm | NoPayment | PerDiem | CaseRate
