"""What the tests of the X12 reader share: keys, a made-up file, and short ways to read one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processors.x12 import ParsedClaim, X12Problem, read_claims
from schemas.phi import Keyring, Sealer, Tokenizer

KEYRING = Keyring({1: b"d" * 32}, 1, b"t" * 32)
SEALER = Sealer(KEYRING)
TOKENS = Tokenizer(KEYRING)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "professional-claims.x12"

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260901*0930*^*00501*000000001*0*T*:"
PROVIDER = [
    "HL*1**20*1",
    "NM1*85*2*CLINIC*****XX*1999000015",
    "N3*1 MAIN",
    "N4*TAMPA*FL*33602",
    "REF*EI*990000001",
]


def read(chunks: Iterable[bytes] | bytes, tenant_id: str = "acme") -> tuple[list[ParsedClaim], list[X12Problem]]:
    """Read a file and part claims from problems."""
    found = list(read_claims(chunks, tenant_id=tenant_id, sealer=SEALER, tokenizer=TOKENS, received_at=NOW))
    claims = [one for one in found if isinstance(one, ParsedClaim)]
    return claims, [one for one in found if isinstance(one, X12Problem)]


def opened(claim: ParsedClaim) -> dict[str, Any]:
    """Return the sealed fields of a claim."""
    event = claim.event
    return SEALER.open_json(event["phi"], event["tenant_id"], "claims.submitted", event["claim_id"])


def subscriber(number: int, member: str = "ZZMEM1", *, first: str = "ANN", relationship: str = "18") -> list[str]:
    """Return the segments of a subscriber level."""
    return [
        f"HL*{number}*1*22*0",
        f"SBR*P*{relationship}*ZZGROUP******CI",
        f"NM1*IL*1*ZZCANARY*{first}****MI*{member}",
        "N3*1 ZZCANARY LANE",
        "N4*TAMPA*FL*336021234",
        "DMG*D8*19800229*F",
        "NM1*PR*2*PAYER*****PI*CSCOM01",
    ]


def claim(account: str = "ZZACCT1", charge: str = "100", *more: str) -> list[str]:
    """Return the segments of a claim with one line; `more` come after the line's date."""
    return [
        f"CLM*{account}*{charge}***11:B:1*Y*A*Y*Y",
        "HI*ABK:E119*ABF:I10",
        "LX*1",
        f"SV1*HC:99213:25*{charge}*UN*1***1:2",
        "DTP*472*D8*20260910",
        *more,
    ]


def x12(*body: str, guide: str = "005010X222A1", terminator: str = "~\n") -> bytes:
    """Return a whole file around the segments of one transaction set, counts right."""
    inside = [f"ST*837*0001*{guide}", "BHT*0019*00*1*20260901*0930*CH", *body]
    segments = [ISA, f"GS*HC*S*R*20260901*0930*7*X*{guide}", *inside, f"SE*{len(inside) + 1}*0001", "GE*1*7"]
    return (terminator.join([*segments, "IEA*1*000000001"]) + terminator).encode()
