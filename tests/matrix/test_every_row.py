"""No row of the failure matrix without a test, no test without a row, and the page says so."""

from __future__ import annotations

from typing import get_args

from sink.failpoints import Failpoint
from streams.failpoints import FAILPOINTS, Failpoints
from tests.matrix.rows import PAGE, ROOT, ROWS, matrix_tests, page


def test_every_row_has_a_test_and_every_test_its_row() -> None:
    assert {test.row for test in matrix_tests()} == set(ROWS) == set(range(1, 30))


def test_the_page_is_that_of_the_tests() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.matrix.rows"


def test_every_failpoint_is_reached_somewhere_and_used_by_a_test() -> None:
    product = "".join(path.read_text() for folder in ("streams", "sink") for path in (ROOT / folder).rglob("*.py"))
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py") if path.name != "test_every_row.py")
    for name in (*FAILPOINTS, *get_args(Failpoint)):
        assert f'reach("{name}")' in product or f'hit("{name}")' in product, name
        assert f'"{name}' in tests or f"'{name}" in tests, name


def test_failpoints_do_nothing_unless_armed() -> None:
    for name in FAILPOINTS:
        Failpoints().reach(name)
        Failpoints("after_poll:99").reach(name)
