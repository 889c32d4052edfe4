"""What the tests of the X12 reader share: keys, a made-up file, and short ways to read one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processors.x12 import (
    Intake,
    ParsedAck,
    ParsedClaim,
    ParsedRemit,
    Result,
    X12Problem,
    read_claims,
    read_file,
)
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


INTAKE = Intake("acme", SEALER, TOKENS, NOW, "f" * 64)


def results(raw: bytes) -> list[Result]:
    """Read a file of any kind."""
    return list(read_file(raw, INTAKE))


def remits_of(raw: bytes) -> list[ParsedRemit]:
    """Return the claim payments and provider adjustments of a file."""
    return [one for one in results(raw) if isinstance(one, ParsedRemit)]


def acks_of(raw: bytes) -> list[ParsedAck]:
    """Return the verdicts of a file."""
    return [one for one in results(raw) if isinstance(one, ParsedAck)]


def problems_of(raw: bytes) -> list[X12Problem]:
    """Return the problems of a file."""
    return [one for one in results(raw) if isinstance(one, X12Problem)]


def opened_remit(found: ParsedRemit | ParsedAck, contract: str = "remits.received") -> dict[str, Any]:
    """Return the sealed fields of a claim payment or verdict."""
    return SEALER.open_json(found.event["phi"], "acme", contract, found.event["event_id"])


def envelope(set_id: str, guide: str, functional_id: str, *body: str, in_set: bool = False) -> bytes:
    """Return a whole file around the segments of one transaction set, counts right."""
    inside = [f"ST*{set_id}*0001" + (f"*{guide}" if in_set else ""), *body]
    segments = [ISA, f"GS*{functional_id}*S*R*20260901*0930*7*X*{guide}", *inside]
    segments += [f"SE*{len(inside) + 1}*0001", "GE*1*7", "IEA*1*000000001"]
    return ("~\n".join(segments) + "~\n").encode()


def payment(amount: str, *body: str) -> bytes:
    """Return an 835 of one payment; `body` begins at LX."""
    header = [
        f"BPR*I*{amount}*C*ACH*CCP*01*1*DA*ZZBANK1*1512345678**01*1*DA*ZZBANK2*20260915",
        "TRN*1*TRACE77*1512345678",
        "DTM*405*20260914",
        "N1*PR*PAYER INC",
        "REF*2U*CSCOM01",
        "N1*PE*CLINIC*XX*1999000015",
        "REF*TJ*990000001",
    ]
    return envelope("835", "005010X221A1", "HP", *header, *body)


def claim_payment(account: str = "ZZACCT1", charge: str = "100", paid: str = "80", icn: str = "ICN1") -> list[str]:
    """Return a claim payment with one line and a contractual adjustment of the difference."""
    return [
        f"CLP*{account}*1*{charge}*{paid}**12*{icn}*11*1",
        "NM1*QC*1*ZZCANARY*ANN****MI*ZZMEM1",
        "DTM*232*20260910",
        f"SVC*HC:99213:25*{charge}*{paid}**1",
        "DTM*472*20260910",
        f"CAS*CO*45*{int(charge) - int(paid)}",
        "REF*6R*ZZLINE1",
        "LQ*HE*N130",
    ]
