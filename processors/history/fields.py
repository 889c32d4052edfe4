"""The fields of claims that history reads, as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.history.entry import ENTRY, Flags, Hashes, Integers, Kind
from processors.history.hashing import joined_hash, text_hashes, text_words
from processors.lent import NumberedTexts, number_texts, read_digits, read_integers, read_known

_KINDS = {"professional": Kind.PROFESSIONAL, "institutional": Kind.INSTITUTIONAL, "dental": Kind.DENTAL}
_VOID = "8"
_REPLACING = ("7", _VOID)

_DAYS = ["service_from", "statement_from", "service_to", "statement_to"]
_NPIS = ["billing_npi", "rendering_npi"]
_ACCOUNT = ["payer_sequence", "payer_id"]
_OR = {"rendering_taxonomy": "billing_taxonomy", "type_of_bill": "place_of_service"}
_HASHED = [*_OR, *_OR.values(), "event_id", "patient_control_token", "frequency_code"]
_CODES = ["claim_type", "frequency_code"]
_WHOLE = ["total_charge_cents", "submitted_at"]
READ = list(
    dict.fromkeys([*_DAYS, *_NPIS, *_ACCOUNT, *_HASHED, *_CODES, *_WHOLE, "claim_id", "tenant_id", "patient_token"])
)
"""Columns of the claims that are read, those of the patient among them."""

_DAY_US = 86_400_000_000
_NO_DAY = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class ClaimFields:
    """Fields of the claims as numbers, one value a claim.

    Attributes:
        kind: KIND of the claim type, 0 for an unknown one.
        billing: Billing NPI, 0 for none.
        rendering: Rendering NPI, 0 for none.
        charge_cents: Total charge.
        day: First day of service, days since 1970-01-01; 0 without one.
        to_day: Last day of service, likewise.
        submitted_day: Day of submission.
        taxonomy: Hash of the taxonomy of the rendering provider, else of the billing provider.
        place_or_bill: Hash of the type of bill, else of the place of service.
        account: Hash of payer sequence and payer.
        event: Hash of the event id.
        control: Hash of the patient control token.
        frequency: Hash of the frequency code.
        replaces: Frequency 7 or 8.
        void: Frequency 8.
        claim_id: Claim id as it is remembered (bytes, cut).
    """

    kind: Integers
    billing: Integers
    rendering: Integers
    charge_cents: Integers
    day: Integers
    to_day: Integers
    submitted_day: Integers
    taxonomy: Hashes
    place_or_bill: Hashes
    account: Hashes
    event: Hashes
    control: Hashes
    frequency: Hashes
    replaces: Flags
    void: Flags
    claim_id: np.ndarray[tuple[int], np.dtype[np.bytes_]]

    @classmethod
    def of(cls, claims: pl.DataFrame) -> ClaimFields:
        """Read the fields; no query is planned, which would cost a small batch more than the reading."""
        days, npis = read_integers(claims[_DAYS], _NO_DAY), read_digits(claims[_NPIS])
        codes, whole = number_texts(claims[_CODES]), read_integers(claims[_WHOLE])
        hashes, known = text_hashes(claims[_HASHED]), read_known(claims[list(_OR)])
        taxonomy, place_or_bill = (np.where(known[one], hashes[one], hashes[other]) for one, other in _OR.items())
        frequency = codes["frequency_code"]
        return cls(
            kind=_answers(codes["claim_type"], lambda kind: _KINDS.get(kind, 0)),
            billing=npis["billing_npi"],
            rendering=npis["rendering_npi"],
            charge_cents=whole["total_charge_cents"],
            day=_first_day(days["service_from"], days["statement_from"]),
            to_day=_first_day(days["service_to"], days["statement_to"]),
            submitted_day=whole["submitted_at"] // _DAY_US,
            taxonomy=taxonomy,
            place_or_bill=place_or_bill,
            account=joined_hash(claims[_ACCOUNT]),
            event=hashes["event_id"],
            control=hashes["patient_control_token"],
            frequency=hashes["frequency_code"],
            replaces=_answers(frequency, lambda code: code in _REPLACING) == 1,
            void=_answers(frequency, lambda code: code == _VOID) == 1,
            claim_id=_claim_ids(claims["claim_id"]),
        )


def _first_day(first: Integers, otherwise: Integers) -> Integers:
    """Return a day, else the other one, else 0."""
    day = np.where(first == _NO_DAY, otherwise, first)
    return np.where(day == _NO_DAY, 0, day)


def _answers(texts: NumberedTexts, answer: Callable[[str], int]) -> Integers:
    """Return the answer to each text, 0 for null; every distinct one is asked once."""
    return np.array([*map(answer, texts.values), 0], dtype=np.int64)[texts.index]


def _claim_ids(ids: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    """Return claim ids as bytes of the width they are remembered with."""
    width = ENTRY["claim_id"].itemsize
    return text_words(ids, width // 8).view(ENTRY["claim_id"])[:, 0]
