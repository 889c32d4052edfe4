"""Asks rules of the rows of a level, as one compiled function.

A rule is a list of parts that all have to be true. The rows where one is true are all that the next one is asked of,
so that most rules cost a look at one column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processors.validation.machine.layout import TRUE
from processors.validation.machine.parts import BLOCK, run_part, states_of
from processors.validation.machine.roots import rows_of_root
from schemas.compiled import Word, bytes_at, compiled, inner, int64_at

_WORD = 8


@inner
def _remaining(desk: Word, parts: Word, first: Word, last: Word, positions: Word, count: Word) -> Word:
    """Leave the positions where all of some parts are true, and return how many there are."""
    states = states_of(desk)
    for part in range(first, last):
        if count == 0:
            break
        run_part(desk, int64_at(parts)[2 * part], int64_at(parts)[2 * part + 1], positions, count)
        left = 0
        for one in range(count):
            int64_at(positions)[left] = int64_at(positions)[one]
            left += bytes_at(states)[one] == TRUE
        count = left
    return count


@compiled
def ask(
    desk: NDArray[np.int64],
    parts: NDArray[np.int64],
    rules: NDArray[np.int64],
    height: int,
    at_root: NDArray[np.int64],
    positions: NDArray[np.int64],
    fired: NDArray[np.int64],
) -> int:
    """Write down where rules fire.

    Args:
        desk: Addresses of all that instructions need (see `layout`). Who asks keeps the memory, the space to work in
            too: compiled code gives back an array that it made once nothing but its address is used.
        parts: First instruction of each part and that behind its last.
        rules: For each rule its number, the part that every row is asked, the first of its other parts and that behind
            the last; rules with the same first part follow each other.
        height: Number of rows.
        at_root: Room for one row more than there are.
        positions: Room for one row more than a block.
        fired: Takes number of the rule and position of the row, as far as it reaches.

    Returns:
        How many there are: more than `fired` has room for when it has to be asked again.
    """
    table, at, root, found, total = desk.ctypes.data, positions.ctypes.data, -1, 0, 0
    for rule in range(len(rules)):
        if rules[rule, 1] != root:
            root = rules[rule, 1]
            found = rows_of_root(table, parts[root, 0], parts[root, 1], height, at_root.ctypes.data)
        for start in range(0, found, BLOCK):
            count = min(BLOCK, found - start)
            for one in range(count):
                positions[one] = at_root[start + one]
            count = _remaining(table, parts.ctypes.data, rules[rule, 2], rules[rule, 3], at, count)
            for one in range(count):
                if total < len(fired):
                    fired[total, 0] = rules[rule, 0]
                    fired[total, 1] = positions[one]
                total += 1
    return total
