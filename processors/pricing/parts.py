"""Parts of lines: what is paid at different shares, until the parts are added up.

Most lines are one part. A diagnostic test of which only the technical component is reduced is two, a therapy line
whose first unit alone is paid in full as well. The stages here work on parts; `together` makes lines of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from processors.pricing.arrays import FULL_E4, NONE, Integers, Mask, times_e4
from processors.pricing.modifiers import FILMS, bits
from processors.pricing.order import STEP
from processors.pricing.steps import StepLog
from processors.pricing.workings import Workings

FILM_E4 = {"FX": 8_000, "FY": 9_000, "CT": 8_500}
"""Share of the technical part that is paid: film, computed radiography, tomography below the equipment standard."""

ONE_UNIT_E3 = 1_000


@dataclass(eq=False)
class Parts:
    """Parts of lines, line after line.

    Attributes:
        line: Line of each part.
        fee_step: Number of the step that names the fee.
        fee_cents: Fee of one service before any cap.
        cap_cents: Cap of one service, NONE without.
        units_e3: Units, in thousandths.
        therapy_cents: Fee with half the practice expense, NONE where the whole is paid.
        reduction_e4: Share that is left to a second or further diagnostic service.
        technical: Whether it is a technical part.
        amount_cents: The amount so far.
        sequence: Number of its sequence in the log.
        log: What was done.
    """

    line: Integers
    fee_step: Integers | int
    fee_cents: Integers
    cap_cents: Integers
    units_e3: Integers
    therapy_cents: Integers | None
    reduction_e4: Integers | None
    technical: Mask | None
    amount_cents: Integers
    sequence: Integers
    log: StepLog

    def put(self, at: Integers, step: Integers | int, amount: Integers, factor_e4: Integers | None = None) -> None:
        """Set the amounts of these parts."""
        if len(at):
            self.amount_cents[at] = amount
            self.log.write(self.sequence[at], step, factor_e4, amount)


@dataclass(frozen=True, eq=False)
class Block:
    """Parts of one kind, to be put between those of their lines; fields as in `Parts`."""

    line: Integers
    fee_step: str
    fee_cents: Integers
    cap_cents: Integers
    units_e3: Integers
    therapy_cents: Integers | None = None
    reduction_e4: Integers | None = None
    technical: bool = False


def one_part_each(work: Workings) -> Parts:
    """Return every line as one part."""
    line = np.arange(len(work.place))
    return Parts(
        line=line,
        fee_step=_fee_steps(work) if work.anesthesia.any() else STEP["fee"],
        fee_cents=work.fee_cents,
        cap_cents=work.cap_cents,
        units_e3=work.units_e3,
        therapy_cents=None,
        reduction_e4=None,
        technical=None,
        amount_cents=work.fee_cents.copy(),
        sequence=2 * line,
        log=work.log,
    )


def _fee_steps(work: Workings) -> Integers:
    """Return what the fee of each line is called."""
    given = np.where(work.derived, STEP["anesthesia_unit_derived"], STEP["anesthesia_unit"])
    return np.where(work.anesthesia, given, STEP["fee"])


def with_blocks(work: Workings, blocks: Sequence[Block]) -> Parts:
    """Return the lines as parts: those of the blocks for the lines that blocks name, one for every other line.

    Args:
        work: The lines.
        blocks: In the order in which parts of a line stand; parts without units are left out.
    """
    plain = one_part_each(work)
    if not blocks:
        return plain
    # Most blocks of a small batch have no part left, and each costs as much as a large one.
    blocks = [block for block in map(_with_units, blocks) if len(block.line)]
    split = np.zeros(len(work.place), dtype=bool)
    for block in blocks:
        split[block.line] = True
    rest = np.flatnonzero(~split)
    line = np.concatenate([rest, *(block.line for block in blocks)])
    order = np.argsort(line, kind="stable")
    line = line[order]

    def column(of_rest: Integers | int, of_block: Callable[[Block], Integers | int | None]) -> Integers:
        """Return a column of the parts; what a block does not say is as for the rest."""
        joined = np.empty(len(line), dtype=np.int64)
        joined[: len(rest)] = of_rest
        start = len(rest)
        for block in blocks:
            value = of_block(block)
            joined[start : start + len(block.line)] = of_rest if value is None else value
            start += len(block.line)
        return joined[order]

    step = plain.fee_step if isinstance(plain.fee_step, int) else plain.fee_step[rest]
    fee = column(plain.fee_cents[rest], lambda block: block.fee_cents)
    return Parts(
        line=line,
        fee_step=column(step, lambda block: STEP[block.fee_step]),
        fee_cents=fee,
        cap_cents=column(plain.cap_cents[rest], lambda block: block.cap_cents),
        units_e3=column(plain.units_e3[rest], lambda block: block.units_e3),
        therapy_cents=column(NONE, lambda block: block.therapy_cents),
        reduction_e4=column(FULL_E4, lambda block: block.reduction_e4),
        technical=column(0, lambda block: block.technical).astype(bool),
        amount_cents=fee.copy(),
        sequence=np.arange(len(line)) + line,
        log=work.log,
    )


def _with_units(block: Block) -> Block:
    at = np.flatnonzero(block.units_e3 > 0)
    therapy, reduction = block.therapy_cents, block.reduction_e4
    return Block(
        block.line[at],
        block.fee_step,
        block.fee_cents[at],
        block.cap_cents[at],
        block.units_e3[at],
        None if therapy is None else therapy[at],
        None if reduction is None else reduction[at],
        block.technical,
    )


def name_fee(work: Workings, parts: Parts) -> None:
    """Begin with the fee of one service."""
    parts.log.write(parts.sequence, parts.fee_step, None, parts.fee_cents)


def reduce_therapy(work: Workings, parts: Parts) -> None:
    """Pay all therapy units but one with half the practice expense."""
    if parts.therapy_cents is not None:
        at = np.flatnonzero(parts.therapy_cents != NONE)
        parts.put(at, STEP["therapy_reduced_fee"], parts.therapy_cents[at])


def reduce_film(work: Workings, parts: Parts) -> None:
    """Reduce technical parts that were taken with old equipment."""
    if parts.technical is None or not work.present & bits(*FILMS):
        return
    carried = work.carried[parts.line]
    for modifier in FILMS:
        at = np.flatnonzero(parts.technical & ((carried & bits(modifier)) != 0))
        factor = np.full(len(at), FILM_E4[modifier])
        parts.put(at, STEP[f"modifier_{modifier}"], times_e4(parts.amount_cents[at], factor), factor)


_REDUCTION_STEP = {4: "multiple_imaging", 6: "multiple_cardiovascular", 7: "multiple_ophthalmology"}


def reduce_diagnostic(work: Workings, parts: Parts) -> None:
    """Reduce second and further diagnostic services of a session."""
    if parts.reduction_e4 is None:
        return
    reduced = parts.reduction_e4 != FULL_E4
    indicator = work.multiple[parts.line]
    for multiple, step in _REDUCTION_STEP.items():
        at = np.flatnonzero(reduced & (indicator == multiple))
        factor = parts.reduction_e4[at]
        parts.put(at, STEP[step], times_e4(parts.amount_cents[at], factor), factor)


def cap_at_outpatient_amount(work: Workings, parts: Parts) -> None:
    """Pay imaging at most what the hospital outpatient schedule pays."""
    at = np.flatnonzero((parts.cap_cents != NONE) & (parts.amount_cents > parts.cap_cents))
    parts.put(at, STEP["outpatient_cap"], parts.cap_cents[at])


def multiply_by_units(work: Workings, parts: Parts) -> None:
    """Pay every unit."""
    at = np.flatnonzero(parts.units_e3 != ONE_UNIT_E3)
    factor = parts.units_e3[at] * 10
    parts.put(at, STEP["units"], times_e4(parts.amount_cents[at], factor), factor)


def put_together(work: Workings, parts: Parts) -> None:
    """Add up the parts of every line, and let the stages that follow write behind them."""
    lines = len(work.place)
    if len(parts.line) == lines:
        work.amount_cents = parts.amount_cents
        work.tail = parts.sequence + 1
        return
    starts = np.flatnonzero(np.diff(parts.line, prepend=-1))
    ends = np.append(starts[1:], len(parts.line))
    work.amount_cents = np.add.reduceat(parts.amount_cents, starts)
    work.tail = ends + np.arange(lines)
    several = np.flatnonzero(ends - starts > 1)
    work.put(several, "parts_together", work.amount_cents[several])
