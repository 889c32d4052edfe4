"""Plain Faust: one agent, one event at a time, at least once.

Faust loses nothing across restarts but may repeat; its exactly_once is not used (it swallows transaction errors).
"""

from __future__ import annotations

import sys
import tempfile
from typing import Any

import faust

from loadtest.peers.per_event.work import BOOTSTRAP, IN_TOPIC, OUT_TOPIC, Worker


def create_app() -> faust.App:
    """Return the application."""
    app = faust.App(
        "peer-faust",
        broker=f"kafka://{BOOTSTRAP}",
        datadir=tempfile.mkdtemp(prefix="peer-faust-"),
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        producer_linger=0.02,
        producer_max_batch_size=1 << 20,
        producer_acks=-1,
        stream_wait_empty=False,
        value_serializer="raw",
    )
    worker = Worker()
    source = app.topic(IN_TOPIC, value_type=bytes, value_serializer="raw")
    answers = app.topic(OUT_TOPIC, value_type=bytes, value_serializer="raw")

    async def score(stream: Any) -> None:
        async for event in stream.events():
            await answers.send(key=event.key, value=worker.process(event.value))

    app.agent(source)(score)
    return app


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "-l", "warn", "--without-web"]
    create_app().main()
