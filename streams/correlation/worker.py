"""What the agents do with a batch: source messages to bundles of facts, bundles to accounts and their events."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ormsgpack

from processors.correlation.facts import Fact
from processors.correlation.statements import Statement
from schemas.errors import ContractError
from streams.correlation.bundles import bundled, unbundled
from streams.correlation.clock import FactClock
from streams.correlation.fact_sender import FactSender
from streams.correlation.folding import TICK, Folder, Results
from streams.correlation.publishing import Publisher
from streams.correlation.reading import FactReader, Received, failure
from streams.correlation.sender import Record
from streams.correlation.store import BatchTable, RevokedError
from streams.dead_letters import DeadLetterOffice, Failure, FloodGuard

if TYPE_CHECKING:
    from streams.correlation.app import CorrelationConfig, CorrelationTools

TICKS_WAIT_SECONDS = 30.0


def dead_letters(office: DeadLetterOffice, failures: list[Failure]) -> list[Record]:
    """Return the records of what is given up."""
    letters = office.letters(failures, datetime.now(UTC))
    return [Record(topic, str(m["key"]).encode(), m["value"], headers=headers) for topic, m, headers in letters]


class SourceWorker:
    """Turns messages of a source topic into bundles of facts.

    Args:
        topic: Source topic.
        reader: Reads its messages.
        sender: Sends facts and dead letters.
        office: Writes dead letters.
        tools: Observer and failpoints.
    """

    def __init__(
        self, topic: str, reader: FactReader, sender: FactSender, office: DeadLetterOffice, tools: CorrelationTools
    ) -> None:
        self._topic = topic
        self._reader = reader
        self._sender = sender
        self._office = office
        self._tools = tools
        self._flood = FloodGuard()

    async def work(self, messages: Sequence[Any]) -> None:
        """Send the facts of messages; done again after a crash, since facts carry the ids of their events.

        Raises:
            FatalStreamError: Most of what arrives is bad.
            DependencyError: Broker or registry do not answer.
        """
        facts, failures = self._reader.read(messages)
        self._flood.check(len(failures), len(messages))
        await self._sender.send(facts, dead_letters(self._office, failures))
        self._tools.observer.facts_read(self._topic, len(facts))
        if failures:
            self._tools.observer.given_up("decode", len(failures))
        self._tools.failpoints.reach("after_facts")


@dataclass
class Ticks:
    """Ticks of a partition that were written and have not come back yet.

    Attributes:
        waiting: Their ids.
        since: When they were written, monotonic seconds.
    """

    waiting: set[str]
    since: float = field(default_factory=time.monotonic)

    def settled(self) -> bool:
        """Return whether more may be written; after a while all are given up: a repeated tick changes nothing."""
        return not self.waiting or time.monotonic() - self.since > TICKS_WAIT_SECONDS


class FactWorker:
    """Folds bundles into accounts, and writes ticks for what is due; one at a time.

    Args:
        folder: Folds facts.
        clock: Says when a bundle is folded.
        table: State.
        publisher: Encodes events.
        office: Writes dead letters.
        config: Partitions of the fact topic.
        tools: Observer and failpoints.
    """

    def __init__(
        self, folder: Folder, clock: FactClock, table: BatchTable, publisher: Publisher, office: DeadLetterOffice,
        config: CorrelationConfig, tools: CorrelationTools,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._clock = clock
        self._table = table
        self._publisher = publisher
        self._office = office
        self._config = config
        self._tools = tools
        self._lock = asyncio.Lock()
        self._idle_since = time.monotonic()
        self._held: list[int] = []
        self._ticks: dict[int, Ticks] = {}

    async def work(self, messages: Sequence[Any]) -> None:
        """Fold bundles; results and state are with the broker before the bundles count as read.

        Raises:
            DependencyError: The broker does not answer.
            RevokedError: A partition was taken from this worker under the batch.
        """
        async with self._lock:
            started = time.process_time()
            results, failures, count = Results(), [], 0
            try:
                for message in messages:
                    facts, bad = self._unpacked(message)
                    failures += bad
                    count += len(facts)
                    self._note(message.partition, facts)
                    self._fold(message, facts, results, failures)
                await self._finish(results, failures)
            finally:
                self._table.forget()  # of a batch that failed nothing stays, whatever ended it
            self._tools.observer.batch_folded(count, time.process_time() - started)
            self._tools.failpoints.reach("after_fold")

    def _note(self, partition: int, facts: list[Fact]) -> None:
        """Note which ticks have come back, and when other facts came last."""
        ticks = [fact["id"] for fact in facts if fact["type"] == TICK]
        if ticks and partition in self._ticks:
            self._ticks[partition].waiting.difference_update(ticks)
        if len(ticks) < len(facts):
            self._idle_since = time.monotonic()

    def _fold(self, message: Any, facts: list[Fact], results: Results, failures: list[Failure]) -> None:
        now = self._clock.of_bundle(message.partition, facts, message.timestamp)
        before = len(results.failed)
        self._folder.fold(message.partition, facts, results, message.offset, now)
        failed = results.failed[before:]
        if failed:
            letter = Received(_Part(message.topic, message.partition, message.offset, [fact for fact, _ in failed]))
            tenant = str(failed[0][0].get("tenant_id") or "")
            failures.append(failure(letter, "correlate", failed[0][1], tenant))

    @staticmethod
    def _unpacked(message: Any) -> tuple[list[Fact], list[Failure]]:
        try:
            return unbundled(message.value), []
        except ContractError as error:
            bad = Failure(Received(message), "decode", type(error).__name__, error.message, error.remedy)
            return [], [bad]

    async def _finish(self, results: Results, failures: list[Failure]) -> None:
        records = self._publisher.records(results.statements)
        records += bundled(results.facts, self._config.partitions)
        self._tools.failpoints.reach("before_send")
        await self._table.commit([*records, *dead_letters(self._office, failures)])
        self._report(results.statements, failures)

    async def look(self) -> None:
        """Write ticks for what is due on all partitions of this worker, once those before them have been folded."""
        async with self._lock:
            self._notice_partitions()
            if self._config.event_time and time.monotonic() - self._idle_since < 2:
                return  # the facts of other topics may lag behind: what seems missing may be on its way
            for partition in self._held:
                known = self._ticks.get(partition)
                if known is None or known.settled():
                    await self._tick(partition)

    async def _tick(self, partition: int) -> None:
        results = Results()
        try:
            count = self._folder.look(partition, results)
            if count:
                await self._finish(results, [])
                self._ticks[partition] = Ticks({fact["id"] for fact in results.facts})
                self._tools.observer.due(count)
        except RevokedError:
            return  # its new owner writes them; nothing was changed here

    def _notice_partitions(self) -> None:
        held = self._table.partitions
        if held != self._held:
            self._held = held
            self._ticks.clear()
            self._tools.observer.partitions_changed(held)

    def _report(self, statements: list[Statement], failures: list[Failure]) -> None:
        observer = self._tools.observer
        for contract, count in Counter(one.contract for one in statements).items():
            observer.stated(contract, count)
        for one in statements:
            if one.contract == "alerts":
                observer.alerts(one.said["kind"], one.said["state"])
            elif one.contract == "claims.adjudicated" and one.stated is not None and one.said["revision"] == 1:
                observer.unmapped_code(len(one.stated["unmapped_codes"]))
        if failures:
            observer.given_up("correlate", len(failures))


@dataclass(frozen=True)
class _Part:
    """The facts of a bundle that failed, in the place of the bundle."""

    topic: str
    partition: int
    offset: int
    facts: list[Fact]

    @property
    def value(self) -> bytes:
        return ormsgpack.packb(self.facts)
