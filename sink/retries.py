"""Which failures of ClickHouse pass by themselves, and how long to wait for that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from schemas.errors import FatalStreamError

# What ClickHouse's own Kafka Connect sink tries again (util/Utils.java); 236 and 394 for a closing server.
RETRIABLE_CODES = frozenset((3, 107, 159, 164, 202, 203, 209, 210, 236, 241, 242, 252, 285, 319, 394, 425, 999))

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Backoff:
    """Waits between tries, in seconds: `first`, then twice as long each time, up to `longest`."""

    first: float
    longest: float

    def wait_s(self, failures: int) -> float:
        """The wait after so many failures in a row."""
        return float(min(self.longest, self.first * 2 ** min(failures - 1, 30)))


def is_retriable(error: Exception) -> bool:
    """Whether the same call may succeed later: no connection, a timeout, an overloaded server."""
    if not isinstance(error, DatabaseError):
        return False
    if error.code is None:
        return isinstance(error, OperationalError)
    return error.code in RETRIABLE_CODES


def with_retries(
    call: Callable[[], Answer],
    what: str,
    backoff: Backoff,
    wait: Callable[[Exception, float], None],
) -> Answer:
    """Call until it succeeds or fails for good.

    Args:
        call: What to do; must be safe to repeat.
        what: What it is, for the message of a final failure.
        backoff: How long to wait.
        wait: Waits the given seconds after the given error; may raise to give up.

    Raises:
        FatalStreamError: ClickHouse refuses the call for a reason that does not pass.
    """
    failures = 0
    while True:
        try:
            return call()
        except DatabaseError as error:
            if not is_retriable(error):
                # The text of the server may quote values: only code and name are told.
                message = f"ClickHouse refuses {what} with code {error.code} ({error.name or 'no name'})."
                remedy = "Nothing was skipped: find the code in the server's log, correct the cause, restart."
                raise FatalStreamError(message, remedy) from None
            failures += 1
            wait(error, backoff.wait_s(failures))
