"""HistoryBook: what the history step needs to know beside the claims, made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from processors.history.procedures import ProcedureList, Procedures
from reference.library import ReferenceLibrary

_SECOND_LETTER = 256


@dataclass(frozen=True, eq=False)
class HistoryBook:
    """What history needs to know of procedures and modifiers.

    Attributes:
        procedures: What is known of procedure codes.
    """

    procedures: Procedures

    @classmethod
    def of(cls, library: ReferenceLibrary) -> Self:
        """Return the book over the reference tables of a site."""
        return cls(Procedures.of(library))

    @cached_property
    def bit_of(self) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """The stored bit of every modifier, indexed by its two bytes; 0 for one that distinguishes nothing."""
        table = np.zeros(_SECOND_LETTER * _SECOND_LETTER, dtype=np.uint64)
        for modifier, bit in ProcedureList.shipped().bits().items():
            table[ord(modifier[0]) + _SECOND_LETTER * ord(modifier[1])] = np.uint64(1 << bit)
        return table

    @cached_property
    def no_global_period(self) -> np.uint64:
        """Bits of the modifiers with which a surgery starts no global period."""
        lists = ProcedureList.shipped()
        return np.uint64(lists.mask(lists.no_global_period))

    @cached_property
    def not_the_whole(self) -> np.uint64:
        """Bits of the modifiers with which a procedure is not done as a whole."""
        lists = ProcedureList.shipped()
        return np.uint64(lists.mask(lists.not_the_whole))
