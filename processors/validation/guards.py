"""Guards: boolean columns that an expression cannot be true without, so that it need not be asked where none is."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\S")
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPENING = {"(": 1, "CASE": 1, ")": -1, "END": -1}


def guards_of(expression: str) -> frozenset[str]:
    """Return the names that stand alone among the conditions that AND joins at the top of an expression.

    The expression is TRUE on no row where one of them is false or null.

    Args:
        expression: An SQL condition that compiles. What is not understood has no guards.
    """
    if "--" in expression or "/*" in expression:
        return frozenset()
    conditions: list[list[str]] = [[]]
    depth, in_between = 0, False
    for token in _TOKEN.findall(expression):
        word = token.upper()
        depth += _OPENING.get(word, 0)
        if depth == 0 and word in ("OR", "XOR"):
            return frozenset()
        in_between = in_between or (depth == 0 and word == "BETWEEN")
        if depth == 0 and word == "AND" and not in_between:
            conditions.append([])
            continue
        if depth == 0 and word == "AND":
            in_between = False
        conditions[-1].append(token)
    alone = (condition[0] for condition in conditions if len(condition) == 1)
    return frozenset(name for name in alone if _NAME.fullmatch(name) and name.upper() not in ("TRUE", "FALSE", "NULL"))
