"""A sink as its own process, for tests that kill it: python -m tests.sink_process CONFIG_JSON."""

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

from schemas.errors import ClaimstreamError
from sink.config import BatchLimits, ClickHouseTarget, SinkConfig
from sink.consumer import run_sink


def start(values: dict[str, Any], failpoint: str = "") -> subprocess.Popen[str]:
    """Start a sink process; `failpoint` is an order such as "after_insert:2"."""
    command = [sys.executable, "-m", "tests.sink_process", json.dumps(values)]
    environment = {**os.environ, "CLAIMSTREAM_FAILPOINT": failpoint}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def config(values: dict[str, Any]) -> SinkConfig:
    """The configuration from plain JSON values."""
    values = dict(values)
    target = ClickHouseTarget(**values.pop("clickhouse"))
    return SinkConfig(clickhouse=target, limits=BatchLimits(**values.pop("limits")), **values)


def main() -> int:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        run_sink(config(json.loads(sys.argv[1])), stop)
    except ClaimstreamError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
