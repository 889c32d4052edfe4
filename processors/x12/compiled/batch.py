"""Claim batches: many claims of one file as columns of claims.submitted, and what names them."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.x12.compiled import memory as m
from processors.x12.compiled.block import Block, Stretch
from processors.x12.draft import Event
from processors.x12.envelope import Envelope
from processors.x12.lineage import Intake
from processors.x12.parties import Billing
from processors.x12.results import EventBatch
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.phi.framing import framed

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Names:
    """What names each claim of a batch: columns of claims.submitted."""

    digests: Sequence[str]
    event_ids: Sequence[str]
    patient_tokens: Sequence[str]
    claim_ids: Sequence[str]
    control_tokens: Sequence[str]
    sealed: Sequence[bytes]

    def part(self, begin: int, end: int) -> Names:
        """Return those of the claims from one position to another."""
        return Names(
            self.digests[begin:end], self.event_ids[begin:end], self.patient_tokens[begin:end],
            self.claim_ids[begin:end], self.control_tokens[begin:end], self.sealed[begin:end],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClaimBatch(EventBatch):
    """Claims that stand next to each other in a file; nothing is wrong with any of them.

    Attributes:
        block: Where they were read.
        first: Row of the first in the memory of the block.
        end: Row behind the last.
        shared: Fields that are the same in all claims.
        names: What names each of them.
        ordinal: Number of the first claim in the file.
        controls: ISA13, GS06 and ST02.
    """

    block: Block
    first: int
    end: int
    shared: Event
    names: Names
    ordinal: int
    controls: tuple[str, str, str]

    contract = CLAIMS_SUBMITTED

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def byte_start(self) -> int:
        """First byte of the first claim."""
        return self.block.base + int(self.block.memory.numbers[m.BYTE_START, self.first])

    @property
    def byte_end(self) -> int:
        """First byte after the last claim."""
        return self.block.base + int(self.block.memory.numbers[m.BYTE_END, self.end - 1])

    @property
    def keys(self) -> list[str]:
        """Message keys of claims.submitted."""
        tenant = self.shared["tenant_id"]
        return [f"{tenant}|{token}" for token in self.names.patient_tokens]

    def part(self, begin: int, end: int) -> ClaimBatch:
        """Return the claims from one position to another."""
        return ClaimBatch(self.block, self.first + begin, self.first + end, self.shared, self.names.part(begin, end),
            self.ordinal + begin, self.controls)  # fmt: skip

    def unmapped(self, claim: int) -> tuple[str, ...]:
        """Return the ids of the segments of a claim that the contract has no field for."""
        memory, table = self.block.memory, self.block.table
        row = self.first + claim
        begin = int(memory.ends[m.UNMAPPED, row - 1]) if row else 0
        segments = memory.unmapped[begin : memory.ends[m.UNMAPPED, row]]
        return tuple(
            self.block.data[table.starts[one] : table.marks[table.firsts[one]]].decode("ascii") for one in segments
        )


class StretchReader:
    """Makes claim batches of plain stretches for one file.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._billing: tuple[Billing | None, bytes] = (None, b"")

    def read(self, stretch: Stretch, billing: Billing, envelope: Envelope) -> ClaimBatch:
        """Return the claims of a stretch.

        Args:
            stretch: Where they stand.
            billing: Their billing provider.
            envelope: Control numbers and receiver.
        """
        intake = self._intake
        controls = (envelope.interchange, envelope.group, envelope.transaction)
        shared: Event = {
            "tenant_id": intake.tenant_id, "source": "x12", "source_file_hash": intake.file_hash,
            "set_token": intake.set_token(*controls[1:]) if all(controls[1:]) else None,
            "clearinghouse_id": envelope.receiver(), "submitted_at": intake.received_at,
            "claim_type": stretch.block.claim_type, **billing.clear,
        }  # fmt: skip
        names = self._names(stretch, billing, controls)
        return ClaimBatch(stretch.block, *stretch.rows, shared, names, stretch.ordinal + 1, controls)

    def _names(self, stretch: Stretch, billing: Billing, controls: tuple[str, str, str]) -> Names:
        """Return lineage, tokens and sealed field of every claim (identity.name_claim)."""
        intake, (first, end) = self._intake, stretch.rows
        memory, data = stretch.block.memory, stretch.block.data
        tokens, tenant = intake.tokenizer.tokens, intake.tenant_id
        starts, ends = (memory.numbers[field, first:end].tolist() for field in (m.BYTE_START, m.BYTE_END))
        places = memory.places[:, first:end].tolist()
        sha256 = hashlib.sha256
        digests = [sha256(data[start:stop]).hexdigest() for start, stop in zip(starts, ends, strict=True)]
        text = data.decode("latin-1")
        accounts = [text[start:stop] for start, stop in zip(places[m.ACCOUNT], places[m.ACCOUNT_END], strict=True)]
        control = framed_text(*controls)
        numbers = range(stretch.ordinal + 1, stretch.ordinal + 1 + len(digests))
        event_ids = tokens(tenant, [
            f"5:event,64:{digest},{control}{len(str(number))}:{number},".encode()
            for digest, number in zip(digests, numbers, strict=True)
        ])  # fmt: skip
        from_, known = before(memory.places[m.WHO_END], first), places[m.KNOWN]
        who = memory.who[: places[m.WHO_END][-1]].tobytes()
        bounds = [from_, *places[m.WHO_END]]
        patients = tokens(tenant, [
            who[bounds[at] : bounds[at + 1]] if known[at] else framed(("unknown patient", digest))
            for at, digest in enumerate(digests)
        ])  # fmt: skip
        provider = "5:claim," + framed_text(billing.identity)
        claim_ids = tokens(tenant, [
            f"{provider}{len(account)}:{account},{len(patient)}:{patient},{rest}".encode()
            for account, patient, rest in zip(accounts, patients, self._visits(stretch), strict=True)
        ])  # fmt: skip
        control_tokens = tokens(tenant, [
            f"15:patient_control,{len(account)}:{account},".encode() for account in accounts
        ])  # fmt: skip
        json_bytes = memory.json[: places[m.JSON_END][-1]].tobytes()
        cuts, head = [before(memory.places[m.JSON_END], first), *places[m.JSON_END]], self._head(billing)
        texts = [head + json_bytes[cuts[at] : cuts[at + 1]] for at in range(len(digests))]
        sealed = intake.sealer.seal_all(texts, tenant, CLAIMS_SUBMITTED.name, claim_ids)
        return Names(digests, event_ids, patients, claim_ids, control_tokens, sealed)

    def _visits(self, stretch: Stretch) -> list[str]:
        """Return payer sequence, frequency and first service date of each claim, framed."""
        first, end = stretch.rows
        memory = stretch.block.memory
        days = memory.numbers[m.SERVICE_FROM, first:end]
        dates = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
        given = memory.given[m.SERVICE_FROM, first:end].tolist()
        sequences = memory.texts[m.SEQUENCE, first:end, 4].tobytes().decode()
        frequencies = memory.texts[m.FREQUENCY, first:end, 4].tobytes().decode()
        return [
            f"1:{sequence},1:{frequency}," + (f"10:{date}," if there else "4:None,")
            for sequence, frequency, date, there in zip(sequences, frequencies, dates, given, strict=True)
        ]

    def _head(self, billing: Billing) -> bytes:
        """Return the beginning of what is sealed, the same for all claims of a billing provider."""
        if self._billing[0] is not billing:
            text = _encoded(billing.sealed)[:-1] + ","
            self._billing = billing, text.encode("utf-8", "surrogatepass")
        return self._billing[1]


def framed_text(*parts: str) -> str:
    """Return parts of a token's message as Tokenizer.token frames them."""
    if not "".join(parts).isascii():
        parts = tuple(unicodedata.normalize("NFC", part) for part in parts)
    return framed(parts).decode("utf-8", "surrogatepass")


def before(ends: np.ndarray[tuple[int], np.dtype[np.int64]], row: int) -> int:
    """Return where the items of a row begin, given where those of each row end."""
    return int(ends[row - 1]) if row else 0
