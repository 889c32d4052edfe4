"""Rule: one business rule as a pack writes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from processors.validation.columns.definition import Stage

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ClaimType = Literal["professional", "institutional", "dental"]
CLAIM_TYPES: frozenset[str] = frozenset(get_args(ClaimType))
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the gravest to the least."""
Queue = Literal["edit_fix", "coding", "authorization", "eligibility", "credentialing", "high_risk_review"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prediction(_Model):
    """What a payer answers when the claim goes out as it is.

    Attributes:
        carc: Claim adjustment reason code of the remittance.
        status: Claim status category and code of the 277CA, as `A7:562`.
    """

    carc: str | None = None
    status: str | None = None


class Effective(_Model):
    """Service dates for which a rule holds; an open end is null. Both days count."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")


class Examples(_Model):
    """Changes to a good claim: each of `fires` makes the rule fire, each of `passes` does not."""

    fires: tuple[dict[str, Any], ...] = Field(min_length=1)
    passes: tuple[dict[str, Any], ...] = Field(min_length=1)


class Rule(_Model):
    """One business rule.

    Attributes:
        id: Stable id, as NPI001: never reused, never renumbered.
        name: Short name in plain words.
        category: What it is about; null takes the category of its pack.
        level: claim or line: the frame its expression looks at.
        applies_to: Claim types it looks at.
        severity: error (a payer's front end rejects the claim), warning (a denial is likely) or info.
        expression: SQL boolean over the columns of the level; the rule fires where it is TRUE.
        error_message: What is wrong; `{column}` shows the value of an allowed column.
        x12: Loop and element of the fault.
        snip: SNIP edit level, 1 to 7.
        predicts: What the payer would answer.
        queue: Workqueue that can repair it; null for the severity info.
        fix: What a person does about it.
        effective: Service dates for which it holds.
        source: Where the requirement comes from.
        examples: Claims that fire it and that pass.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}[0-9]{3}$")]
    name: Text
    category: Text | None = None
    level: Literal["claim", "line"]
    applies_to: tuple[ClaimType, ...] = ("professional", "institutional", "dental")
    severity: Severity
    expression: Text
    error_message: Text
    x12: Text
    snip: Annotated[int, Field(ge=1, le=7)]
    predicts: Prediction = Prediction()
    queue: Queue | None
    fix: Text
    effective: Effective = Effective()
    source: Text
    examples: Examples


class Pack(_Model):
    """The rules of one file.

    Attributes:
        category: What the rules of the file are about.
        stage: submitted; history for rules over what the patient's earlier claims say; priced for rules over why
            a line has no expected amount.
        rules: The rules, in the order of their ids.
    """

    category: Text
    stage: Stage = "submitted"
    rules: tuple[dict[str, Any], ...] = Field(min_length=1)
