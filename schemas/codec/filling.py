"""Memory that compiled code fills and polars then owns: Arrow's C data interface, the other way round.

One piece of memory holds all columns and the structures that describe them. It is kept until polars says that
nothing of the frame is in use any more.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import polars as pl
from numba import types
from numpy.typing import NDArray

from schemas.codec.buffers import MEMORY_WIDTH, OFFSETS, VALIDITY, VALUES
from schemas.codec.program import ARRAY, BOOLEAN, CODE, END, INT32, NULLABLE, RECORD, ROOT, TEXT, Operation, table
from schemas.compiled import Word, compiled, inlined, int64_at

_ALIGNMENT = 64
_WORD = 8
_NULLABLE_FLAG = 2
"""ARROW_FLAG_NULLABLE."""
_ARRAY_WORDS, _SCHEMA_WORDS, _MOST_BUFFERS = 10, 9, 4
# Words of ArrowArray.
_LENGTH, _NULL_COUNT, _N_BUFFERS, _N_CHILDREN, _BUFFERS, _CHILDREN, _RELEASE, _PRIVATE = 0, 1, 3, 4, 5, 6, 8, 9
# Words at the start of the memory.
_RELEASED, _IGNORED, _DATA_LENGTH, _HEAD_WORDS = 0, 1, 2, 3
# Columns of the plan: the array around an operation, the words of its structure, of its buffers and of its children.
_OWNER, _STRUCTURE, _BUFFER_LIST, _CHILD_LIST, _CHILD_COUNT, _CHILD_PLACE = range(6)


def _c_function(function: Any) -> Any:
    """Compile a function that C calls with one address, or take what an earlier start has compiled."""
    signature = types.void(types.int64)
    try:
        return numba.cfunc(signature, cache=True)(function)
    except RuntimeError:  # no folder to keep the result in
        return numba.cfunc(signature)(function)


@_c_function
def _release(address: Word) -> None:  # called from any thread, without Python
    int64_at(int64_at(address)[_PRIVATE])[0] = 1
    int64_at(address)[_RELEASE] = 0


@_c_function
def _keep(address: Word) -> None:  # the description of the columns lives as long as its decoder
    pass


@inlined
def _aligned(size: Word) -> Word:
    return (size + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT


@inlined
def _value_bytes(code: Word, count: Word) -> Word:
    if code == TEXT:
        return 16 * count
    if code == INT32:
        return 4 * count
    return (count + 7) // 8 if code == BOOLEAN else 8 * count


@compiled
def _lay_out(
    program: NDArray[np.int64],
    lengths: NDArray[np.int64],
    columns: NDArray[np.int64],
    start: Word,
) -> Word:
    """Place the memory of each column behind the last; return where the last one ends. Places are from zero."""
    end = _aligned(start)
    for step in range(len(program)):
        code = program[step, CODE]
        if code == END:
            continue
        if program[step, NULLABLE]:
            columns[step, VALIDITY] = end
            end += _aligned((lengths[step] + 7) // 8)
        if code == ARRAY:
            columns[step, OFFSETS] = end
            end += _aligned(8 * (lengths[step] + 1))
        elif code != RECORD:
            columns[step, VALUES] = end
            end += _aligned(_value_bytes(code, lengths[step]))
    return end


@compiled
def _describe(
    program: NDArray[np.int64],
    plan: NDArray[np.int64],
    lengths: NDArray[np.int64],
    columns: NDArray[np.int64],
    addresses: tuple[Word, Word, Word],
) -> None:
    """Turn places into addresses and write the structure of each column; addresses: memory, texts, release."""
    base, texts, release = addresses
    for step in range(len(program)):
        code = program[step, CODE]
        if code == END:
            continue
        for kind in (VALUES, OFFSETS, VALIDITY):
            if columns[step, kind] != 0:
                columns[step, kind] += base
        structure = int64_at(base + _WORD * plan[step, _STRUCTURE])
        buffers = int64_at(base + _WORD * plan[step, _BUFFER_LIST])
        structure[_LENGTH] = lengths[step]
        structure[_NULL_COUNT] = -1 if program[step, NULLABLE] else 0
        structure[_BUFFERS] = base + _WORD * plan[step, _BUFFER_LIST]
        structure[_CHILDREN] = base + _WORD * plan[step, _CHILD_LIST]
        structure[_N_CHILDREN] = plan[step, _CHILD_COUNT]
        structure[_RELEASE] = release
        structure[_PRIVATE] = base + _WORD * _IGNORED
        int64_at(base + _WORD * plan[step, _CHILD_PLACE])[0] = base + _WORD * plan[step, _STRUCTURE]
        buffers[0] = columns[step, VALIDITY]
        structure[_N_BUFFERS] = 1 if code == RECORD else 2
        buffers[1] = columns[step, OFFSETS] if code == ARRAY else columns[step, VALUES]
        if code == TEXT:
            structure[_N_BUFFERS] = 4
            buffers[2] = texts
            buffers[3] = base + _WORD * _DATA_LENGTH


@dataclass(frozen=True, eq=False)
class Filling:
    """Memory of a frame in the making.

    Attributes:
        columns: Memory of each operation's column, for the compiled reader.
        memory: The memory.
        rows: Rows of the frame.
        texts: The bytes that its texts lie in.
    """

    columns: NDArray[np.int64]
    memory: NDArray[np.int64]
    rows: int
    texts: NDArray[np.uint8]


class _InUse:
    """What polars still looks at: kept even past the end of the program, when frames may outlive this module."""

    def __init__(self) -> None:
        self._fillings: list[Filling] = []

    def keep(self, filling: Filling) -> None:
        """Keep memory until polars has released it, and let go of what it has released."""
        for released in [f for f in self._fillings if f.memory[_RELEASED]]:
            self._fillings.remove(released)
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(released))
        self._fillings.append(filling)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(filling))

    @property
    def count(self) -> int:
        """Number of pieces of memory that are kept."""
        return len(self._fillings)


_in_use = _InUse()


def in_use() -> int:
    """Return how many decoded batches are still kept; the last ones until the next is decoded."""
    return _in_use.count


class FrameMaker:
    """Lays out memory for frames of one schema and hands it to polars.

    Args:
        program: Operations of the schema.
    """

    def __init__(self, program: list[Operation]) -> None:
        self._program = program
        self._table = table(program)
        self._plan, self._root_children, self._head = _plan(program)
        self._owners = self._plan[:, _OWNER]
        self._schema_address = _description(program)

    def lay_out(self, rows: int, counts: NDArray[np.int64], texts: NDArray[np.uint8]) -> Filling:
        """Make memory, all zero.

        Args:
            rows: Rows of the frame.
            counts: Items of each array, by operation.
            texts: The bytes that its texts will lie in.
        """
        lengths = np.where(self._owners == ROOT, rows, counts[self._owners])
        columns = np.zeros((len(self._program), MEMORY_WIDTH), dtype=np.int64)
        size = _lay_out(self._table, lengths, columns, _WORD * self._head)
        memory = np.zeros((size + _ALIGNMENT) // _WORD, dtype=np.int64)
        memory[_DATA_LENGTH] = len(texts)
        addresses = (memory.ctypes.data, texts.ctypes.data, _release.address)
        _describe(self._table, self._plan, lengths, columns, addresses)
        return Filling(columns, memory, rows, texts)

    def frame(self, filling: Filling) -> pl.DataFrame:
        """Hand filled memory to polars."""
        _in_use.keep(filling)
        base = filling.memory.ctypes.data
        root = filling.memory[_HEAD_WORDS:]
        top = _HEAD_WORDS + _ARRAY_WORDS
        root[[_LENGTH, _N_BUFFERS, _N_CHILDREN]] = filling.rows, 1, self._root_children
        root[[_BUFFERS, _CHILDREN]] = base + _WORD * top, base + _WORD * (top + 1)
        root[[_RELEASE, _PRIVATE]] = _release.address, base + _WORD * _RELEASED
        return pl.DataFrame(_Capsules(self._schema_address, root.ctypes.data))


class _Capsules:
    """What polars asks for the frame."""

    def __init__(self, schema: int, array: int) -> None:
        self._schema, self._array = schema, array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return _capsule(self._schema, b"arrow_schema", None), _capsule(self._array, b"arrow_array", None)


_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


def _plan(program: list[Operation]) -> tuple[NDArray[np.int64], int, int]:
    """Return where the structures of each operation lie, the number of top-level columns, and the words of all."""
    children = _children(program)
    top = len(children[ROOT])
    plan = np.zeros((len(program), 6), dtype=np.int64)
    first_list = {ROOT: _HEAD_WORDS + _ARRAY_WORDS + 1}
    end = first_list[ROOT] + top
    for step, operation in enumerate(program):
        if operation.code == END:
            continue
        owner = operation.parent
        while owner != ROOT and program[owner].code != ARRAY:
            owner = program[owner].parent
        inner = len(children.get(step, []))
        first_list[step] = end + _ARRAY_WORDS + _MOST_BUFFERS
        place = first_list[operation.parent] + operation.child
        plan[step] = owner, end, end + _ARRAY_WORDS, first_list[step], inner, place
        end = first_list[step] + inner
    return plan, top, end


def _children(program: list[Operation]) -> dict[int, list[int]]:
    """Return the operations inside each, in order."""
    found: dict[int, list[int]] = {ROOT: []}
    for step, operation in enumerate(program):
        if operation.code != END:
            found.setdefault(operation.parent, []).append(step)
    return found


_descriptions: list[Any] = []
"""Structures that describe columns: one set for each schema that was read, kept for good."""


def _description(program: list[Operation]) -> int:
    """Make the ArrowSchema structures of a schema and return the address of the outermost."""
    children = _children(program)

    def text(value: str) -> int:
        _descriptions.append(ctypes.create_string_buffer(value.encode()))
        return ctypes.addressof(_descriptions[-1])

    def describe(step: int, form: str, name: str) -> int:
        inner = [describe(c, program[c].form, program[c].name or "item") for c in children.get(step, [])]
        pointers = np.array([*inner, 0], dtype=np.int64)
        words = [text(form), text(name), 0, _NULLABLE_FLAG, len(inner), pointers.ctypes.data, 0, _keep.address, 0]
        structure = np.array(words, dtype=np.int64)
        _descriptions.extend((pointers, structure))
        return int(structure.ctypes.data)

    return describe(ROOT, "+s", "")
