"""The engines of the comparison: how each is started, what it promises, and what it does not do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loadtest.peers.workspace import Workspace

Command = Callable[[Workspace, str], list[str]]
"""Returns the command for the workspace and the broker's address."""


@dataclass(frozen=True)
class Engine:
    """One engine.

    Attributes:
        name: Name in results.
        topic: Where its answers go.
        command: How it is started.
        model_runs: How often the model runs.
        guarantee: What it promises about repeats.
        lacks: What the stage of claimstream does and it does not.
        environment: Variables of its own.
    """

    name: str
    topic: str
    command: Command
    model_runs: str
    guarantee: str
    lacks: str
    environment: Mapping[str, str] = field(default_factory=dict)


def _python(engine: str) -> Command:
    module = f"loadtest.peers.per_event.{engine}_app"
    return lambda workspace, _: [workspace.python_of(engine), "-m", module]


def _java(guarantee: str) -> Command:
    def command(workspace: Workspace, bootstrap: str) -> list[str]:
        state = str(workspace.home / "state" / guarantee)
        return workspace.java_command(
            bootstrap, f"peer.kafka-streams.{guarantee}", str(workspace.model), guarantee, state
        )

    return command


_NO_SERVICES = "dead letters, workqueue items, sealed bad messages, rules that can be changed while it runs"

ENGINES = (
    Engine(
        "claimstream",
        "claims.scored",
        lambda *_: [sys.executable, "-m", "loadtest.peers.claimstream_stage"],
        "once a batch, as many as there are",
        "exactly once: answers, workqueue items and offsets in one transaction",
        "nothing; it writes the whole scored claim, the others a tenth of it",
        {"POLARS_MAX_THREADS": "1"},
    ),
    Engine(
        "kafka-streams",
        "peer.kafka-streams.at_least_once",
        _java("at_least_once"),
        "once a claim",
        "at least once, its default",
        f"exactly once, {_NO_SERVICES}",
    ),
    Engine(
        "kafka-streams-exactly-once",
        "peer.kafka-streams.exactly_once_v2",
        _java("exactly_once_v2"),
        "once a claim",
        "exactly once (exactly_once_v2, commits every 100 ms)",
        _NO_SERVICES,
    ),
    Engine(
        "bytewax",
        "peer.bytewax",
        _python("bytewax"),
        "once a batch of up to 1,000",
        "at least once with its recovery store, which is left off here",
        f"exactly once, offsets in a consumer group, rebalancing, {_NO_SERVICES}",
    ),
    Engine(
        "quix",
        "peer.quix",
        _python("quix"),
        "once a claim",
        "at least once, its default",
        f"exactly once (it can), {_NO_SERVICES}",
    ),
    Engine(
        "faust",
        "peer.faust",
        _python("faust"),
        "once a claim",
        "at least once",
        f"exactly once (broken in this release), {_NO_SERVICES}",
    ),
)
