"""Ids, tokens and sealed canary identities of synthetic claims: the only per-claim Python here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

_SCHEMA_NAME = "claims.submitted"
_TOKEN_HEX = 32


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


def canary(seed: int, patient: int) -> dict[str, str]:
    """Return the invented identity of a patient; the marks let a leak scan find it in the clear."""
    number = f"{seed}X{patient}"
    birth_year, birth_month = 1930 + patient % 90, 1 + patient % 12
    return {
        "last_name": f"ZZCANARY{number}",
        "first_name": f"ZZTEST{number}",
        "member_id": f"ZZMEMBER{number}",
        "date_of_birth": f"{birth_year}-{birth_month:02d}-15",
    }


def seal_identities(
    sealer: Sealing, tenant_id: str, seed: int, patients: Sequence[int], claim_ids: Sequence[str]
) -> list[bytes]:
    """Seal the canary identity of each claim's patient, bound to tenant, contract and claim."""
    return [
        sealer.seal(json.dumps(canary(seed, patient)).encode(), tenant_id, _SCHEMA_NAME, claim_id)
        for patient, claim_id in zip(patients, claim_ids, strict=True)
    ]


def patient_tokens(tokens: Tokenizing, tenant_id: str, seed: int, patients: Sequence[int]) -> dict[int, str]:
    """Return the token of each distinct patient."""
    made = {}
    for patient in sorted(set(patients)):
        who = canary(seed, patient)
        made[patient] = tokens.patient_token(
            tenant_id, who["member_id"], who["date_of_birth"], who["last_name"], who["first_name"]
        )
    return made
