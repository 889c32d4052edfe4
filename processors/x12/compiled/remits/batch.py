"""Remit batches: many claim payments of one file as columns of remits.received, and what names them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from processors.x12.compiled.batch import before, framed_text
from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.remits.block import PaymentBlock, PaymentStretch
from processors.x12.envelope import Envelope
from processors.x12.lineage import Intake
from processors.x12.remits.defaults import Event
from processors.x12.remits.header import Payment
from processors.x12.results import EventBatch
from processors.x12.values import identifier
from schemas.contracts import REMITS_RECEIVED

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class RemitNames:
    """What names each claim payment of a batch, and what its transaction says of it: columns of remits.received."""

    digests: Sequence[str]
    event_ids: Sequence[str]
    control_tokens: Sequence[str]
    corrections: Sequence[bool]
    provider_adjustments: Sequence[list[dict[str, Any]]]
    sealed: Sequence[bytes]

    def part(self, begin: int, end: int) -> RemitNames:
        """Return those of the claim payments from one position to another."""
        return RemitNames(
            self.digests[begin:end], self.event_ids[begin:end], self.control_tokens[begin:end],
            self.corrections[begin:end], self.provider_adjustments[begin:end], self.sealed[begin:end],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RemitBatch(EventBatch):
    """Claim payments that stand next to each other in a file; nothing is wrong with any of them.

    Attributes:
        block: Where they were read.
        first: Row of the first in the memory of the block.
        end: Row behind the last.
        shared: Fields that are the same in all of them.
        names: What names each of them.
        line_tokens: Tokens of the lines' control numbers, null without one; the first is that of line_base.
        line_base: Row of a line in the memory of the block.
        ordinal: Number of the first claim payment in the file.
    """

    block: PaymentBlock
    first: int
    end: int
    shared: Event
    names: RemitNames
    line_tokens: Sequence[str | None]
    line_base: int
    ordinal: int

    contract = REMITS_RECEIVED

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def byte_start(self) -> int:
        """First byte of the first claim payment."""
        return self.block.base + int(self.block.memory.numbers[m.BYTE_START, self.first])

    @property
    def byte_end(self) -> int:
        """First byte after the last claim payment."""
        return self.block.base + int(self.block.memory.numbers[m.BYTE_END, self.end - 1])

    @property
    def keys(self) -> list[str]:
        """Message keys of remits.received."""
        tenant = self.shared["tenant_id"]
        return [f"{tenant}|{token}" for token in self.names.control_tokens]

    def part(self, begin: int, end: int) -> RemitBatch:
        """Return the claim payments from one position to another."""
        return RemitBatch(self.block, self.first + begin, self.first + end, self.shared, self.names.part(begin, end),
            self.line_tokens, self.line_base, self.ordinal + begin)  # fmt: skip


class PaymentReader:
    """Makes remit batches of plain stretches for one file.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._payment: tuple[Payment | None, bytes] = (None, b"")

    def read(self, stretch: PaymentStretch, payment: Payment, envelope: Envelope) -> RemitBatch:
        """Return the claim payments of a stretch.

        Args:
            stretch: Where they stand.
            payment: What the header of their transaction says.
            envelope: Control numbers.
        """
        shared: Event = {
            **self._intake.source(envelope), **payment.clear, "kind": "claim", "reversal": False,
            "summary_provider_id": identifier(stretch.summary_provider, 50),
        }  # fmt: skip
        line_base, line_end = (before(stretch.block.memory.ends[m.LINES], row) for row in stretch.rows)
        names = self._names(stretch, payment, envelope)
        line_tokens = self._line_tokens(stretch, line_base, line_end)
        return RemitBatch(stretch.block, *stretch.rows, shared, names, line_tokens, line_base, stretch.ordinal + 1)

    def _names(self, stretch: PaymentStretch, payment: Payment, envelope: Envelope) -> RemitNames:
        """Return lineage, tokens, sealed field and what the transaction says of each claim payment."""
        intake, (first, end) = self._intake, stretch.rows
        memory, data = stretch.block.memory, stretch.block.data
        tokens, tenant, sha256 = intake.tokenizer.tokens, intake.tenant_id, hashlib.sha256
        starts, ends = (memory.numbers[field, first:end].tolist() for field in (m.BYTE_START, m.BYTE_END))
        digests = [sha256(data[start:stop]).hexdigest() for start, stop in zip(starts, ends, strict=True)]
        accounts = _texts(data, *(memory.places[place, first:end].tolist() for place in (m.ACCOUNT, m.ACCOUNT_END)))
        place = framed_text(envelope.interchange, envelope.group, envelope.transaction)
        numbers = range(stretch.ordinal + 1, stretch.ordinal + 1 + len(digests))
        event_ids = tokens(tenant, [
            f"5:event,64:{digest},{place}{len(str(number))}:{number},".encode()
            for digest, number in zip(digests, numbers, strict=True)
        ])  # fmt: skip
        control_tokens = tokens(tenant, [
            f"15:patient_control,{len(account)}:{account},".encode() for account in accounts
        ])  # fmt: skip
        corrections, adjustments = self._said(stretch, payment, accounts)
        cuts = [before(memory.places[m.JSON_END], first), *memory.places[m.JSON_END, first:end].tolist()]
        written, head = memory.json[: cuts[-1]].tobytes(), self._head(payment)
        texts = [head + written[cuts[at] : cuts[at + 1]] for at in range(len(digests))]
        sealed = intake.sealer.seal_all(texts, tenant, REMITS_RECEIVED.name, event_ids)
        return RemitNames(digests, event_ids, control_tokens, corrections, adjustments, sealed)

    def _said(
        self, stretch: PaymentStretch, payment: Payment, accounts: Sequence[str]
    ) -> tuple[list[bool], list[list[dict[str, Any]]]]:
        """Return whether each claim payment is a correction, and the provider adjustments that name it."""
        reversed_claims, by_reference = stretch.header.reversed_claims, payment.by_reference
        if not reversed_claims and not by_reference:
            return [False] * len(accounts), [[] for _ in accounts]
        corrections, adjustments = [], []
        for account, control in zip(accounts, self._controls(stretch), strict=True):
            names = {f"account {account}", f"control {control or account}"}
            corrections.append(not reversed_claims.isdisjoint(names))
            keys = dict.fromkeys((account.strip(), control))
            adjustments.append([one for key in keys if key for one in by_reference.get(key, ())])
        return corrections, adjustments

    def _controls(self, stretch: PaymentStretch) -> list[str]:
        """Return CLP07 of each claim payment, empty where it is none."""
        views = stretch.block.memory.texts[m.CONTROL, slice(*stretch.rows)]
        found = []
        for view in views:
            length, at = int(view[0]), int.from_bytes(view[12:].tobytes(), "little")
            inline = view[4 : 4 + length].tobytes()
            found.append((inline if length <= len(view) - 4 else stretch.block.data[at : at + length]).decode("ascii"))
        return found

    def _line_tokens(self, stretch: PaymentStretch, first: int, end: int) -> list[str | None]:
        """Return the token of each line's control number."""
        spans = stretch.block.memory.line_controls[first:end]
        numbers = _texts(stretch.block.data, spans[:, 0].tolist(), spans[:, 1].tolist())
        made = iter(self._intake.tokenizer.tokens(self._intake.tenant_id, [
            f"12:line_control,{len(number)}:{number},".encode() for number in numbers if number
        ]))  # fmt: skip
        return [next(made) if number else None for number in numbers]

    def _head(self, payment: Payment) -> bytes:
        """Return the beginning of what is sealed, the same for all claim payments of a transaction."""
        if self._payment[0] is not payment:
            text = _encoded(payment.sealed)[:-1] + ("," if payment.sealed else "")
            self._payment = payment, text.encode("utf-8", "surrogatepass")
        return self._payment[1]


def _texts(data: bytes, starts: Sequence[int], ends: Sequence[int]) -> list[str]:
    text = data.decode("latin-1")
    return [text[start:stop] for start, stop in zip(starts, ends, strict=True)]
