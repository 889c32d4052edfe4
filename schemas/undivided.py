"""Work that is not divided: polars does what it is asked for on the thread that asks, and hands nothing over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import polars as pl

Result = TypeVar("Result")

_TICKET = pl.DataFrame({"ticket": [0]}).lazy()


def undivided(work: Callable[[], Result]) -> Result:
    """Do work that asks polars hundreds of small things; polars answers each on the thread of the caller.

    It hands many questions over to a thread of its pool and sleeps until that has answered, also where the pool has one
    thread. On a busy machine each of the two waits for a core (ADR 32). It does not while it runs a function for a
    query of its streaming engine, which is all that happens here.

    Args:
        work: What to do; called once, on this thread.

    Returns:
        What the work returns; what it raises is raised.
    """
    answer: Future[Result] = Future()

    def run(ticket: pl.DataFrame) -> pl.DataFrame:
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)
        return ticket

    _TICKET.map_batches(run).collect(engine="streaming")
    return answer.result()
