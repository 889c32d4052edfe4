"""Frames lent to compiled code: Arrow's C data interface, which costs nothing a column.

Layout of the structures: the Arrow specification, "The Arrow C data interface" and "C stream interface".
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Self

import polars as pl

from schemas.errors import ContractError


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_void_p),
        ("name", ctypes.c_void_p),
        ("metadata", ctypes.c_void_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_Schema))),
        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_Array))),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
_release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class LentFrame:
    """A frame as addresses, good inside the with block.

    Attributes:
        array: Address of its ArrowArray: a struct with a child for each column.
        schema: Address of its ArrowSchema.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._array, self._schema = _Array(), _Schema()
        self._frame = frame.rechunk()

    def __enter__(self) -> Self:
        """Ask polars for the addresses.

        Raises:
            ContractError: Polars does not lend the frame.
        """
        capsule = self._frame.__arrow_c_stream__()
        address = _capsule_pointer(capsule, b"arrow_array_stream")
        stream = _Stream.from_address(address)
        if stream.get_schema(address, self._schema) or stream.get_next(address, self._array):
            msg = "Polars does not lend a frame."
            raise ContractError(msg, "Report this with the versions of polars and claimstream.")
        self.array, self.schema = ctypes.addressof(self._array), ctypes.addressof(self._schema)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the addresses back."""
        for lent in (self._array, self._schema):
            if lent.release:
                _release(lent.release)(ctypes.addressof(lent))
