"""Work that is not divided is done here, and polars hands nothing over to another thread."""

import threading
import time
from collections.abc import Callable

import polars as pl
import pytest

from schemas.undivided import undivided

TIMES = 50
FRAME = pl.DataFrame({"code": [str(number) for number in range(30_000)], "number": list(range(30_000))})


class BadClaimError(Exception):
    """What the work raises."""


def test_work_is_done_once_on_this_thread_and_answers() -> None:
    done: list[int] = []

    def work() -> str:
        done.append(threading.get_native_id())
        return "answer"

    assert undivided(work) == "answer"
    assert done == [threading.get_native_id()]


@pytest.mark.parametrize("error", [BadClaimError("it"), KeyboardInterrupt(), SystemExit(3)])
def test_what_work_raises_is_raised_as_it_is(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        undivided(work)
    assert raised.value is error


def test_work_may_run_queries_of_any_engine_and_work_of_its_own() -> None:
    query = FRAME.lazy().filter(pl.col("number") > 29_997).select("code")

    def work() -> list[pl.DataFrame]:
        return [
            query.collect(),
            query.collect(engine="in-memory"),
            undivided(lambda: query.collect(engine="streaming")),
        ]

    assert [frame["code"].to_list() for frame in undivided(work)] == [["29998", "29999"]] * 3


def _ask() -> None:
    for _ in range(TIMES):
        FRAME.select(pl.col("number") * 3 % 7, pl.col("code") + "x")


def _share_of_others(work: Callable[[], None]) -> float:
    """Share of the processor time of something that other threads than this one took."""
    whole, own = time.process_time(), time.thread_time()
    work()
    whole, own = time.process_time() - whole, time.thread_time() - own
    return 1 - own / whole


def test_polars_hands_nothing_over_meanwhile() -> None:
    # If the first fails, polars hands nothing over anyhow and the function can go; if the second, it helps no longer.
    assert _share_of_others(_ask) > 0.3
    assert _share_of_others(lambda: undivided(_ask)) < 0.1
