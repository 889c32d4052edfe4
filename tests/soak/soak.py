"""One run of the soak: chaos under load for some seconds, then rest, then the invariants."""

from __future__ import annotations

import random
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException

from claimstream.local.stack import prepare_topics
from claimstream.settings import Settings
from schemas.errors import ClaimstreamError
from sink.migrate import migrate
from streams.broker import Broker
from streams.topics import SCORED, SUBMITTED
from tests.clickhouse import EmbeddedClickHouse
from tests.e2e.system import System
from tests.integration.correlation_system import assert_table_is_its_changelog
from tests.kafka_server import KafkaServer
from tests.matrix.invariants import assert_invariants
from tests.soak.correlated import assert_correlation_says_the_fold
from tests.soak.load import Load
from tests.soak.targets import Event, Target, Troupe

REST_SECONDS = 300
"""How long the system may take to work off what the chaos left."""

WARM_CLAIMS = 50
USUAL_START_SECONDS = 15
STILL_SECONDS = 10
"""Nothing new for so long: everything has been worked off."""

QUIET = (1.0, 5.0)
"""Seconds between two blows."""

PAUSES = (0.5, 8.0)
"""Seconds a part is stopped: shorter and longer than a session."""


@dataclass(frozen=True)
class Plan:
    """What to do.

    Attributes:
        seconds: Length of the chaos.
        seed: Seed of blows and claims.
        rate: Events a second: claims first, then what comes of them.
        slots: Claim stages.
        least_blows: The chaos goes on, where the machine is slow, until there were so many.
        least_claims: And until so many claims were sent: while the broker is away, none are.
    """

    seconds: float
    seed: int
    rate: float = 60.0
    slots: int = 2
    least_blows: int = 2
    least_claims: int = 301


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        seed: Seed of the run.
        seconds: Length of the chaos.
        sent: Events by topic.
        blows: How many kills, ends and pauses.
        restarts: Starts by part.
        caught_up_seconds: How long the system took to work off the rest.
        violation: The invariant that does not hold; empty when all do.
        timeline: What happened when.
    """

    seed: int
    seconds: float
    sent: dict[str, int] = field(default_factory=dict)
    blows: int = 0
    restarts: dict[str, int] = field(default_factory=dict)
    caught_up_seconds: float = 0.0
    violation: str = ""
    timeline: list[Event] = field(default_factory=list)


class Soak:
    """The system with everything that can be hit.

    Args:
        plan: What to do.
        folder: An empty folder.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._pace = 1.0
        self._random = random.Random(plan.seed)  # noqa: S311 - an order of blows, not a secret
        own = folder / "kafka"
        own.mkdir()
        self._kafka = KafkaServer(own)
        self._store = EmbeddedClickHouse(folder / "clickhouse")
        self.system = System(Broker(self._kafka.bootstrap), folder, self._store)

    def run(self) -> Outcome:
        """Run it; every process that was started has ended afterwards."""
        outcome = Outcome(self._plan.seed, self._plan.seconds)
        try:
            with self._started() as (troupe, load):
                outcome.timeline = troupe.timeline
                try:
                    self._warm_up(troupe)
                    self._chaos(troupe, load)
                    self._kafka.wait()
                    load.stop()
                    outcome.sent = dict(load.sent)
                    outcome.caught_up_seconds = self._rest(troupe, load)
                    self._assert_all(troupe)
                except (AssertionError, ClaimstreamError, KafkaException) as error:
                    outcome.violation = f"{error}\n{_place(error)}"
        finally:
            self.system.close()
            self._kafka.stop()
        outcome.blows = _blows(outcome.timeline)
        for one in outcome.timeline:
            if one["what"] == "start":
                name = str(one["whom"])
                outcome.restarts[name] = outcome.restarts.get(name, 0) + 1
        return outcome

    @contextmanager
    def _started(self) -> Iterator[tuple[Troupe, Load]]:
        self._kafka.start()
        self._store.start()
        with self._store.client() as client:
            migrate(client)
        settings = Settings(
            kafka_bootstrap_servers=self._kafka.bootstrap,
            claimstream_home=self.system.folder,
            clickhouse_port=self._store.port,
        )
        prepare_topics(settings)
        workers: list[tuple[str, tuple[str, ...]]] = [
            (f"claims-{slot}", ("claims", "--slot", str(slot))) for slot in range(self._plan.slots)
        ]
        workers += [("correlation-0", ("correlation", "--slot", "0")), ("sink", ("sink",))]
        targets = [Target("broker", self._start_broker, (signal.SIGKILL,), process=self._kafka.process)]
        targets.append(Target("store", self._start_store, process=self._store.process))
        for name, arguments in workers:
            target = Target(name, lambda name=name, arguments=arguments: self._start_worker(name, arguments))  # type: ignore[misc]  # bound now
            target.process = target.start()
            targets.append(target)
        troupe = Troupe(targets)
        load = Load(self.system.broker, settings, self._plan.seed, self._plan.rate)
        load.start()
        yield troupe, load

    def _start_broker(self) -> Any:
        self._kafka.launch()
        return self._kafka.process

    def _start_store(self) -> Any:
        return self._store.launch()

    def _start_worker(self, name: str, arguments: tuple[str, ...]) -> Any:
        environment = {"CORRELATION_EVENT_TIME": "true", "SINK_LINGER_MS": "200", "BATCH_SIZE": "500"}
        if name.startswith("correlation"):
            environment["KAFKA_SESSION_TIMEOUT_MS"] = "6000"
        return self.system.start(name, "run", *arguments, **environment)

    def _warm_up(self, troupe: Troupe) -> None:
        """Let everything start and work before the first blow."""
        began = time.monotonic()
        deadline = began + REST_SECONDS
        while self._counts()[0] < WARM_CLAIMS:
            troupe.supervise()
            assert time.monotonic() < deadline, "the system has not begun to work"
            time.sleep(0.5)
        # Where a start takes long, blows at the usual pace would only ever hit what has not come up yet.
        self._pace = max(1.0, (time.monotonic() - began) / USUAL_START_SECONDS)

    def _chaos(self, troupe: Troupe, load: Load) -> None:
        until = time.monotonic() + self._plan.seconds
        next_blow = time.monotonic() + self._pace * self._random.uniform(*QUIET)
        latest = until + REST_SECONDS
        while time.monotonic() < (until if self._is_enough(troupe, load) else latest):
            troupe.supervise()
            if time.monotonic() >= next_blow:
                self._blow(troupe)
                next_blow = time.monotonic() + self._pace * self._random.uniform(*QUIET)
            time.sleep(0.1)
        troupe.wake_all()

    def _is_enough(self, troupe: Troupe, load: Load) -> bool:
        """Tell whether there were as many blows and claims as the plan asks for at least."""
        plan = self._plan
        return _blows(troupe.timeline) >= plan.least_blows and load.sent[SUBMITTED.name] >= plan.least_claims

    def _blow(self, troupe: Troupe) -> None:
        """Hit one part that is up: kill it, ask it to end, or stop it for a while."""
        target = self._random.choice(troupe.targets)
        blow, seconds = self._random.choice(("end", "pause")), self._random.uniform(*PAUSES)
        number = self._random.choice(target.ends)
        if target.process is None or target.process.poll() is not None or target.paused_until is not None:
            return
        if blow == "pause":
            troupe.pause(target, seconds)
        else:
            troupe.end(target, number)

    def _rest(self, troupe: Troupe, load: Load) -> float:
        """Wait until everything is worked off and return how long that took, seconds."""
        began = time.monotonic()
        expected = {SCORED.name: load.sent[SUBMITTED.name]}
        last: tuple[int, ...] = ()
        still_since = time.monotonic()
        while True:
            troupe.supervise()
            counts = self._counts()
            if counts != last:
                last, still_since = counts, time.monotonic()
            done = counts[0] + counts[1] >= expected[SCORED.name]
            if done and time.monotonic() - still_since > STILL_SECONDS:
                return time.monotonic() - began - STILL_SECONDS
            assert time.monotonic() - began < REST_SECONDS, f"not worked off after {REST_SECONDS} s: {counts}"
            time.sleep(0.5)

    def _counts(self) -> tuple[int, ...]:
        """Return results, dead letters of claims, and rows of what comes after; zeros while the store is away."""
        try:
            submitted_letters = self.system.query(
                "SELECT (SELECT uniqExact(event_id) FROM claim_event WHERE event_type = 'scored'),"
                " (SELECT count() FROM dead_letters WHERE source_topic = 'claims.submitted'),"
                " (SELECT count() FROM claim_event), (SELECT count() FROM dead_letters),"
                " (SELECT sum(records) FROM sink_ranges WHERE state = 'done')"
            )[0]
        except Exception:  # the store is on its way
            return (0, 0)
        return tuple(map(int, submitted_letters))

    def _assert_all(self, troupe: Troupe) -> None:
        assert_invariants(self.system)
        assert_correlation_says_the_fold(self.system)
        for target in troupe.targets[2:]:
            assert target.process is not None
            target.process.send_signal(signal.SIGTERM)
        for target in troupe.targets[2:]:
            assert target.process is not None
            code = target.process.wait(60)
            assert code == 0, f"{target.name} ended with {code} when it was asked to"
            if not target.name.startswith("correlation"):  # Faust logs its own, whatever is done with the error
                assert "Traceback" not in self.system.log(target.name), f"{target.name}.log has a traceback"
        assert_invariants(self.system)
        assert_table_is_its_changelog(self.system)


def keep_logs(folder: Path, kept: Path) -> None:
    """Copy the logs of a run that found something."""
    kept.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("*.log"), *folder.glob("kafka/*.log")]:
        (kept / log.name).write_bytes(log.read_bytes())


def _blows(timeline: list[Event]) -> int:
    """Count the kills, ends and pauses."""
    return sum(one["what"] != "start" for one in timeline)


def _place(error: BaseException) -> str:
    """Return where an error was raised: most assertions have no words of their own."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.line}"
