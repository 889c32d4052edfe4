"""Functions compiled to machine code, and memory as they see it.

The codec walks every value of every message; numba compiles that walk once and keeps the result beside the
source, or compiles at every start where that folder cannot be written to.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Word = Any
"""A machine word in compiled code: numba infers which."""

Function = TypeVar("Function", bound=Callable[..., Any])


def _kept_for_its_sources(function: Function, made: Any) -> Function:
    """Let what is kept of a function hold for the files around it too, not for its own alone.

    It contains the functions it calls and the constants it names; numba looks at the file of the function only, and
    would go on with the old ones after a change to another file.
    """
    called = (getattr(value, "py_func", None) for value in function.__globals__.values())
    folders = {Path(one.__code__.co_filename).parent for one in (function, *called) if one is not None}
    file = made._cache._cache_file
    file._source_stamp = (file._source_stamp, *sorted(map(_state_of, folders)))
    return cast("Function", made)


@cache
def _state_of(folder: Path) -> tuple[str, int]:
    """Return what changes with the sources in a folder."""
    states = sorted((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in folder.glob("*.py"))
    return folder.name, zlib.crc32(repr(states).encode())


def compiled(function: Function) -> Function:
    """Compile a function at its first call, for the types it is called with."""
    try:
        return _kept_for_its_sources(function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder to keep the result in
        return cast("Function", numba.njit(nogil=True)(function))


_UNCOUNTED: dict[str, Any] = {"nogil": True, "_nrt": False}
_INNER: dict[str, Any] = {**_UNCOUNTED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def uncounted(function: Function) -> Function:
    """Compile a function that allocates nothing and so need not count references to the arrays it is given.

    Counting costs more than the work of a small function: an atomic step for each array of each call.
    """
    try:
        return _kept_for_its_sources(function, numba.njit(cache=True, **_UNCOUNTED)(function))
    except RuntimeError:  # no folder to keep the result in
        return cast("Function", numba.njit(**_UNCOUNTED)(function))


def _any_value(one: types.Type) -> Any:
    return types.unliteral(one)  # type: ignore[no-untyped-call]  # numba's types are partial


def inner(function: Function) -> Function:
    """Compile an uncounted function that other compiled functions alone call.

    Python has no way into it, which is most of what compiling costs, and it is compiled once for all constants it is
    called with, not once for each. The result is kept as a part of its callers.
    """
    made: Any = numba.njit(**_INNER)(function)
    template_for = made.get_call_template

    def get_call_template(args: Sequence[types.Type], keywords: Any) -> Any:
        return template_for(tuple(_any_value(one) for one in args), keywords)

    made.get_call_template = get_call_template
    return cast("Function", made)


def inlined(function: Function) -> Function:
    """Compile a function into each of its callers."""
    return cast("Function", numba.njit(inline="always")(function))


def _pointer_to(element: types.Type) -> Any:
    @intrinsic
    def at(typing_context: Any, address: Any) -> Any:
        pointer = types.CPointer(element)  # type: ignore[no-untyped-call]  # numba's types are partial

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(types.int64), generate

    return at


_BYTES = types.CPointer(types.uint8)  # type: ignore[no-untyped-call]  # as above


@intrinsic
def _copy_bytes(typing_context: Any, target: Any, source: Any, length: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = context.get_value_type(_BYTES)
        into, out_of = (builder.inttoptr(address, byte) for address in arguments[:2])
        one = context.get_constant(types.int64, 1)
        cgutils.raw_memcpy(builder, into, out_of, arguments[2], one)  # type: ignore[no-untyped-call]  # as above
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


copy_bytes = cast("Callable[[Word, Word, Word], None]", _copy_bytes)
"""Copy bytes from one address (the second) to another (the first); only in compiled functions, and never checked."""
bytes_at = _pointer_to(types.uint8)
"""The bytes at an address, to be indexed; only in compiled functions, and never checked."""
int32_at = _pointer_to(types.int32)
"""The 32-bit integers at an address."""
int64_at = _pointer_to(types.int64)
"""The 64-bit integers at an address."""
int8_at = _pointer_to(types.int8)
"""The signed 8-bit integers at an address."""
int16_at = _pointer_to(types.int16)
"""The 16-bit integers at an address."""
uint16_at = _pointer_to(types.uint16)
"""The unsigned 16-bit integers at an address."""
uint32_at = _pointer_to(types.uint32)
"""The unsigned 32-bit integers at an address."""
float64_at = _pointer_to(types.float64)
"""The floats of double precision at an address."""
