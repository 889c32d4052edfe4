"""Ids, tokens and sealed canary identities of synthetic claims: the only Python that runs claim by claim."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np
import polars as pl

_ANCHOR = date(2026, 1, 1)
_DAYS_SPREAD = 330
_TOKEN_HEX = 32
_SELF = "18"
_as_json = json.JSONEncoder(separators=(",", ":")).encode


class Sealing(Protocol):
    """What seals identifying data (`schemas.phi.Sealer`)."""

    def seal(self, plaintext: bytes, tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        """Return the sealed envelope."""


class Tokenizing(Protocol):
    """What makes keyed tokens (`schemas.phi.Tokenizer`)."""

    def patient_token(self, tenant_id: str, *parts: str) -> str:
        """Return the token of a patient."""

    def token(self, tenant_id: str, kind: str, *parts: str) -> str:
        """Return the token of anything else."""


@dataclass(frozen=True)
class PatientNames:
    """What the identities of patients are made of.

    Attributes:
        seed: Seed they were drawn with.
        age: Age in years of each.
        sex: F or M.
        area: State and first three digits of the ZIP code.
    """

    seed: int
    age: np.ndarray
    sex: np.ndarray
    area: list[tuple[str, str]]


class PlainTokens:
    """Unkeyed tokens for synthetic ids when no keyring is at hand; never for real data."""

    def patient_token(self, tenant_id: str, *parts: str) -> str:
        """Return the SHA-256 of tenant and parts, cut to 128 bits."""
        return self.token(tenant_id, "patient", *parts)

    def token(self, tenant_id: str, kind: str, *parts: str) -> str:
        """Return the SHA-256 of tenant, kind and parts, cut to 128 bits."""
        return sha256("\x1f".join((tenant_id, kind, *parts)))[:_TOKEN_HEX]


def sha256(text: str) -> str:
    """Return the SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def account_number(seed: int, claim: int) -> str:
    """Return the patient control number (CLM01) of a claim; a repeated submission keeps it."""
    return f"ZZACCT{seed}X{claim}"


def canary(seed: int, patient: int, age: int, sex: str, area: tuple[str, str] = ("CA", "900")) -> dict[str, str]:
    """Return the invented identity of a patient; the marks let a leak scan find it in the clear."""
    number = f"{seed}X{patient}"
    born = date(_ANCHOR.year - age, _ANCHOR.month, 1) - timedelta(days=1 + patient % _DAYS_SPREAD)
    return {
        "type": "1",
        "last": f"ZZCANARY{number}",
        "first": f"ZZTEST{number}",
        "qualifier": "MI",
        "id": f"ZZMEMBER{number}",
        "born": f"{born:%Y%m%d}",
        "sex": sex,
        "state": area[0],
        "zip": area[1] + "01",
    }


def sealed_people(who: dict[str, str], relationship: str) -> dict[str, object]:
    """Return the people of a claim as the intake seals them: a dependent is insured through a parent or spouse."""
    if relationship == _SELF:
        return {"subscriber": who}
    insured = {**who, "first": who["first"].replace("ZZTEST", "ZZINSURED")}
    del insured["born"], insured["sex"]
    return {
        "subscriber": insured,
        "patient": {name: who[name] for name in ("type", "last", "first", "born", "sex", "state", "zip")},
    }


class Identities:
    """Names the claims and patients of one seed: ids, tokens and sealed identities, made as the intake makes them.

    Args:
        tenant_id: Tenant of the events.
        seed: Seed of the claims.
        tokens: Makes the tokens.
        sealer: Seals identities; null leaves them out.
        patients: Seed, age and sex of the people.
    """

    def __init__(
        self, tenant_id: str, seed: int, tokens: Tokenizing, sealer: Sealing | None, patients: PatientNames
    ) -> None:
        self.tenant_id = tenant_id
        self.seed = seed
        self.tokens = tokens
        self.sealer = sealer
        self._patients = patients
        self._known: dict[int, tuple[str, dict[str, str]]] = {}

    def patient(self, number: int) -> tuple[str, dict[str, str]]:
        """Return token and identity of a patient."""
        found = self._known.get(number)
        if found is None:
            people = self._patients
            who = canary(people.seed, number, int(people.age[number]), str(people.sex[number]), people.area[number])
            token = self.tokens.patient_token(self.tenant_id, who["id"], who["born"], who["last"], who["first"])
            found = self._known[number] = (token, who)
        return found

    def claim_id(self, billing: str, account: str, patient: str, rest: tuple[str, str, str]) -> str:
        """Return the id of a claim; `rest` is payer sequence, frequency code and first service date."""
        return self.tokens.token(self.tenant_id, "claim", billing, account, patient, *rest)

    def control(self, account: str) -> str:
        """Return the patient control token that remits and acknowledgements carry too."""
        return self.tokens.token(self.tenant_id, "patient_control", account)

    def lineage(self, keys: list[str]) -> list[pl.Series]:
        """Return event_id and _hash of events by names that are unique among all events."""
        hashes = pl.Series("_hash", [sha256(key) for key in keys], dtype=pl.String)
        return [hashes.str.slice(0, _TOKEN_HEX).alias("event_id"), hashes]

    def sealed(self, fields: dict[str, object], schema_name: str, subject: str) -> bytes | None:
        """Seal fields for one event; null without a sealer."""
        if self.sealer is None:
            return None
        return self.sealer.seal(_as_json(fields).encode(), self.tenant_id, schema_name, subject)
