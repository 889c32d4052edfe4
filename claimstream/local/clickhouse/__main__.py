"""Run the embedded ClickHouse: python -m claimstream.local.clickhouse --path DIR --port P."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from schemas.errors import ClaimstreamError


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    Returns:
        Exit code: 0 after a clean stop, 1 when the server cannot start.
    """
    parser = argparse.ArgumentParser(prog="python -m claimstream.local.clickhouse", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="directory of the data")
    parser.add_argument("--port", type=int, default=8123, help="TCP port, 0 for any free one")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--user", default="default", help="user name")
    parser.add_argument(
        "--password-env",
        default="CLAIMSTREAM_CLICKHOUSE_PASSWORD",
        help="environment variable that holds the password",
    )
    chosen = parser.parse_args(arguments)
    # The engine takes its time zone from the process when it is loaded.
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        _serve(chosen)
    except ClaimstreamError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(chosen: argparse.Namespace) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    from claimstream.local.clickhouse.engine import Engine  # noqa: PLC0415 - after the time zone is set
    from claimstream.local.clickhouse.server import Account, ClickHouseServer  # noqa: PLC0415 - as above

    engine = Engine(chosen.path)
    try:
        account = Account(chosen.user, os.environ.get(chosen.password_env, ""))
        with ClickHouseServer(engine, chosen.host, chosen.port, account).running() as server:
            _log("clickhouse_started", host=chosen.host, port=server.port, pid=os.getpid())
            stop.wait()
    finally:
        engine.close()
    _log("clickhouse_stopped", port=chosen.port, pid=os.getpid())


def _log(event: str, **values: object) -> None:
    sys.stderr.write(json.dumps({"event": event, **values}) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
