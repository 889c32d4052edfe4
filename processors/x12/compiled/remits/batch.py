"""Remit batches: many claim payments of one file as columns of remits.received, and what names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from processors.x12.compiled.block_batch import BlockBatch, RowNames
from processors.x12.compiled.naming import SealedTexts, before, name_controls, name_events, texts_of
from processors.x12.compiled.remits import memory as m
from processors.x12.compiled.remits.block import PaymentBlock, PaymentStretch
from processors.x12.envelope import Envelope
from processors.x12.lineage import Intake
from processors.x12.remits.defaults import Event
from processors.x12.remits.header import Payment
from processors.x12.values import identifier
from schemas.contracts import REMITS_RECEIVED


@dataclass(frozen=True, slots=True)
class RemitNames(RowNames):
    """What names each claim payment of a batch, and what its transaction says of it: columns of remits.received.

    Attributes:
        corrections: Whether it follows a reversal of the same claim.
        provider_adjustments: Provider adjustments that name it.
    """

    corrections: Sequence[bool]
    provider_adjustments: Sequence[list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class RemitBatch(BlockBatch):
    """Claim payments that stand next to each other in a file.

    Attributes:
        line_tokens: Tokens of the lines' control numbers, null without one; the first is that of line_base.
        line_base: Row of a line in the memory of the block.
    """

    block: PaymentBlock
    names: RemitNames
    line_tokens: Sequence[str | None]
    line_base: int

    contract = REMITS_RECEIVED

    @property
    def key_tokens(self) -> Sequence[str]:
        """Control tokens: correlation finds the claim by them."""
        return self.names.control_tokens


class PaymentReader:
    """Makes remit batches of plain stretches for one file.

    Args:
        intake: Tenant, keys and clock.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._sealed_texts = SealedTexts()

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
        return RemitBatch(stretch.block, *stretch.rows, shared, names, stretch.ordinal + 1, line_tokens, line_base)

    def _names(self, stretch: PaymentStretch, payment: Payment, envelope: Envelope) -> RemitNames:
        """Return lineage, tokens, sealed field and what the transaction says of each claim payment."""
        intake, block, (first, end) = self._intake, stretch.block, stretch.rows
        places = block.memory.places[:, first:end].tolist()
        controls = (envelope.interchange, envelope.group, envelope.transaction)
        digests, event_ids = name_events(
            intake, block.data, block.row_bytes[:, first:end], controls, stretch.ordinal + 1
        )
        accounts = texts_of(block.data, places[m.ACCOUNT], places[m.ACCOUNT_END])
        cuts = [before(block.memory.places[m.JSON_END], first), *places[m.JSON_END]]
        texts = self._sealed_texts.texts(payment, block.memory.json[: cuts[-1]].tobytes(), cuts)
        sealed = intake.sealer.seal_all(texts, intake.tenant_id, REMITS_RECEIVED.name, event_ids)
        said = self._said(stretch, payment, accounts)
        return RemitNames(digests, event_ids, name_controls(intake, accounts), sealed, *said)

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
        numbers = texts_of(stretch.block.data, spans[:, 0].tolist(), spans[:, 1].tolist())
        made = iter(self._intake.tokenizer.tokens(self._intake.tenant_id, [
            f"12:line_control,{len(number)}:{number},".encode() for number in numbers if number
        ]))  # fmt: skip
        return [next(made) if number else None for number in numbers]
