"""What the tests of compiled code share: a file read by segments and in batches, and what of the results must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from processors.x12 import ParsedAck, ParsedClaim, ParsedRemit, RejectedClaim
from processors.x12.compiled.batch import ClaimBatch
from processors.x12.compiled.frame import single_claims
from processors.x12.compiled.remits.batch import RemitBatch
from processors.x12.compiled.remits.frame import single_remits
from processors.x12.reader import read_batches, read_file
from tests.unit.x12.reading import INTAKE, opened, opened_remit

DAMAGE = st.tuples(st.floats(0, 1), st.sampled_from(["cut", "put", "set"]), st.binary(max_size=2))
"""Where in the file, what is done there, and the bytes put there."""


def damaged(raw: bytes, damage: list[tuple[float, str, bytes]]) -> bytes:
    """Return a file with bytes cut out, put in or set."""
    for place, kind, what in damage:
        at = int(place * len(raw))
        raw = raw[:at] + (b"" if kind == "cut" else what) + raw[at + (kind != "put") :]
    return raw


def same(raw: bytes | Path) -> tuple[int, int]:
    """Compare both ways of reading; return claims and claim payments, and how many of them were read in batches."""
    slow = [comparable(one) for one in read_file(raw, INTAKE)]
    fast, batched = [], 0
    for one in read_batches(raw, INTAKE, 0):
        if isinstance(one, ClaimBatch):
            batched += len(one)
            fast += [comparable(claim) for claim in single_claims(one)]
        elif isinstance(one, RemitBatch):
            batched += len(one)
            fast += [comparable(remit) for remit in single_remits(one)]
        else:
            fast.append(comparable(one))
    assert fast == slow
    return sum(one[0] in ("claim", "remit") for one in slow), batched


def comparable(result: object) -> tuple[Any, ...]:
    """Return a result with its sealed field opened: envelopes differ by their nonce."""
    if isinstance(result, ParsedClaim):
        event = result.event | {"phi": opened(result)}
        return "claim", event, result.ordinal, result.byte_start, result.byte_end, result.key, result.unmapped
    if isinstance(result, ParsedRemit):
        event = result.event | {"phi": opened_remit(result)}
        return "remit", event, result.ordinal, result.byte_start, result.byte_end, result.key
    if isinstance(result, RejectedClaim):
        return "rejected", result.problem, result.ordinal, result.byte_start, result.byte_end, result.subject_token
    if isinstance(result, ParsedAck):
        return "ack", {name: value for name, value in result.event.items() if name != "phi"}
    return ("other", result)
