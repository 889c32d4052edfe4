"""Compiled code takes the addresses of its arguments alone.

numba gives an array back after its last use by name, whatever goes on with its address.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPILED = {"compiled", "uncounted", "inner", "inlined"}


def addresses_of_own_arrays(source: str) -> list[tuple[str, str]]:
    """Return function and name of every array made in compiled code whose address is taken."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        if COMPILED.isdisjoint(one.id for one in function.decorator_list if isinstance(one, ast.Name)):
            continue
        arguments = {one.arg for one in function.args.args}
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr == "ctypes":
                name = ast.unparse(node.value)
                if name not in arguments:
                    found.append((function.name, name))
    return found


def test_an_array_made_in_compiled_code_is_found() -> None:
    own = "@compiled\ndef f(a):\n    b = np.empty(3)\n    g(a.ctypes.data, b.ctypes.data)\n"
    assert addresses_of_own_arrays(own) == [("f", "b")]
    assert not addresses_of_own_arrays(own.replace("@compiled\n", ""))


@pytest.mark.parametrize("folder", ["processors", "schemas", "streams", "sink"])
def test_compiled_code_takes_addresses_of_its_arguments_alone(folder: str) -> None:
    found = {
        str(path.relative_to(ROOT)): own
        for path in (ROOT / folder).rglob("*.py")
        if (own := addresses_of_own_arrays(path.read_text(encoding="utf-8")))
    }
    assert not found
