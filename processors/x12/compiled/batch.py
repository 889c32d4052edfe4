"""Claim batches: many claims of one file as columns of claims.submitted, and what names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.x12.compiled import memory as m
from processors.x12.compiled.block import Block, Stretch
from processors.x12.compiled.block_batch import BlockBatch, RowNames
from processors.x12.compiled.naming import SealedTexts, before, framed_text, name_controls, name_events, texts_of
from processors.x12.draft import Event
from processors.x12.envelope import Envelope
from processors.x12.lineage import Intake
from processors.x12.parties import Billing
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.phi.framing import framed


@dataclass(frozen=True, slots=True)
class ClaimNames(RowNames):
    """What names each claim of a batch: columns of claims.submitted.

    Attributes:
        patient_tokens: Tokens of the patients.
        claim_ids: Ids of the claims.
    """

    patient_tokens: Sequence[str]
    claim_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimBatch(BlockBatch):
    """Claims that stand next to each other in a file.

    Attributes:
        controls: ISA13, GS06 and ST02.
    """

    block: Block
    names: ClaimNames
    controls: tuple[str, str, str]

    contract = CLAIMS_SUBMITTED

    @property
    def key_tokens(self) -> Sequence[str]:
        """Patient tokens: history edits see one patient in one partition."""
        return self.names.patient_tokens

    def unmapped(self, claim: int) -> tuple[str, ...]:
        """Return the ids of the segments of a claim that the contract has no field for."""
        memory, table = self.block.memory, self.block.table
        row = self.first + claim
        ends = memory.ends[m.UNMAPPED]
        segments = memory.unmapped[before(ends, row) : ends[row]]
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
        self._sealed_texts = SealedTexts()

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

    def _names(self, stretch: Stretch, billing: Billing, controls: tuple[str, str, str]) -> ClaimNames:
        """Return lineage, tokens and sealed field of every claim (identity.name_claim)."""
        intake, block, (first, end) = self._intake, stretch.block, stretch.rows
        tokens, tenant, memory = intake.tokenizer.tokens, intake.tenant_id, block.memory
        places = memory.places[:, first:end].tolist()
        digests, event_ids = name_events(
            intake, block.data, block.row_bytes[:, first:end], controls, stretch.ordinal + 1
        )
        accounts = texts_of(block.data, places[m.ACCOUNT], places[m.ACCOUNT_END])
        bounds, known = [before(memory.places[m.WHO_END], first), *places[m.WHO_END]], places[m.KNOWN]
        who = memory.who[: bounds[-1]].tobytes()
        patients = tokens(tenant, [
            who[bounds[at] : bounds[at + 1]] if known[at] else framed(("unknown patient", digest))
            for at, digest in enumerate(digests)
        ])  # fmt: skip
        provider = "5:claim," + framed_text(billing.identity)
        claim_ids = tokens(tenant, [
            f"{provider}{len(account)}:{account},{len(patient)}:{patient},{rest}".encode()
            for account, patient, rest in zip(accounts, patients, self._visits(stretch), strict=True)
        ])  # fmt: skip
        cuts = [before(memory.places[m.JSON_END], first), *places[m.JSON_END]]
        texts = self._sealed_texts.texts(billing, memory.json[: cuts[-1]].tobytes(), cuts)
        sealed = intake.sealer.seal_all(texts, tenant, CLAIMS_SUBMITTED.name, claim_ids)
        return ClaimNames(digests, event_ids, name_controls(intake, accounts), sealed, patients, claim_ids)

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
