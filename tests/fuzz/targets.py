"""What is fuzzed: each target takes any bytes, and raises when they were not answered as they should be."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from processors.x12 import ParsedAck, ParsedClaim, ParsedRemit, Result, X12Problem, read_file
from schemas.codec import ColumnarDecoder
from schemas.codec.records import decode_record
from schemas.contracts import ALL_CONTRACTS, CLAIMS_SCORED, CLAIMS_SUBMITTED, DEAD_LETTER, Contract
from schemas.errors import ContractError, SealError
from schemas.registry import CheckedInIds
from streams.correlation.bundles import unbundled
from tests.unit.x12.reading import INTAKE, SEALER

IDS = CheckedInIds()
CANARY = "ZZ"
"""Begins every made-up name in the corpus; no answer may repeat one."""

Target = Callable[[bytes], None]
_DECODERS = {contract.name: ColumnarDecoder(contract, IDS) for contract in ALL_CONTRACTS}


def decode(contract: Contract, neighbour: bytes) -> Target:
    """Return a target: a message of a contract between two good ones, which stay as they are."""
    decoder = _DECODERS[contract.name]
    [good] = decoder.decode([neighbour]).frame.drop("message_index").to_dicts()

    def target(message: bytes) -> None:
        decoded = decoder.decode([neighbour, message, neighbour])
        rows = decoded.frame.to_dicts()
        assert [u.index for u in decoded.undecodable] in ([], [1])
        for row in rows:
            if row.pop("message_index") != 1:
                assert row == good, "a damaged message changed its neighbour"
        assert all(CANARY not in u.reason + u.remedy for u in decoded.undecodable)
        try:
            record = decode_record(contract, IDS, message)
        except ContractError:
            assert len(decoded.undecodable) == 1, "the columns read what the reader of records refuses"
        else:
            assert not decoded.undecodable, "the columns refuse what the reader of records reads"
            assert record["event_id"] == decoder.decode([message]).frame["event_id"][0]

    return target


def frame(message: bytes) -> None:
    """Framing: any bytes as a message of every contract."""
    for decoder in _DECODERS.values():
        decoded = decoder.decode([message])
        assert decoded.frame.height + len(decoded.undecodable) == 1


def x12(file: bytes) -> None:
    """A file: events or problems, and nothing of its content in a problem."""
    found = list(read_file(file, INTAKE))
    problems = [one for one in found if isinstance(one, X12Problem)]
    assert found or not file.strip() or problems
    assert all(CANARY not in repr(problem) for problem in problems)
    assert _told(found) == _told(list(read_file(file, INTAKE))), "the same bytes give other events"


def _told(found: list[Result]) -> list[str]:
    """Return what makes results the same: their kind and place, and the id of an event; envelopes differ each time."""
    return [f"{type(one).__name__} {getattr(one, 'ordinal', '')} {_id_of(one)}" for one in found]


def _id_of(one: Result) -> str:
    return str(one.event["event_id"] if isinstance(one, (ParsedClaim, ParsedRemit, ParsedAck)) else "")


def envelope(sealed: bytes) -> None:
    """An envelope that was not sealed here does not open."""
    with pytest.raises(SealError) as refused:
        SEALER.open(sealed, "acme", DEAD_LETTER.name, "x")
    assert CANARY not in str(refused.value)


def bundle(record: bytes) -> None:
    """A bundle of facts, or the answer that it is none."""
    with contextlib.suppress(ContractError):
        unbundled(record)


def targets(neighbours: dict[str, bytes]) -> dict[str, Target]:
    """Return every target; `neighbours` has a good message for each contract that is fuzzed in company."""
    company = {c.name: decode(c, neighbours[c.name]) for c in (CLAIMS_SUBMITTED, CLAIMS_SCORED, DEAD_LETTER)}
    return {**company, "framing": frame, "x12": x12, "envelope": envelope, "bundle": bundle}
