"""Facts of all sources: what waits goes out together, and nobody goes on before his own are out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from processors.correlation.facts import Fact
from schemas.errors import DependencyError
from streams.correlation.bundles import unbundled
from streams.correlation.fact_sender import FactSender
from streams.correlation.sender import Record


class Broker:
    """Takes sends, each when it is let; the second may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self.sends: list[Sequence[Record]] = []
        self.let = asyncio.Semaphore(0)
        self.fails = fails

    async def send(self, records: Sequence[Record]) -> None:
        self.sends.append(records)
        await self.let.acquire()
        if self.fails and len(self.sends) > 1:
            msg = "The broker is away."
            raise DependencyError(msg, "Wait for it.")


def fact(number: int) -> Fact:
    return {"key": "a|t1|x", "id": str(number)}


async def three_sources(broker: Broker) -> list[asyncio.Task[None]]:
    """Let one source send, two more while that is under way; return their tasks, the first of them done."""
    taken: Any = broker
    sender = FactSender(taken, 4)
    tasks = []
    for number in range(3):
        tasks.append(asyncio.ensure_future(sender.send([fact(number)], [])))
        await asyncio.sleep(0)
    assert len(broker.sends) == 1, "two wait"
    broker.let.release()
    await tasks[0]
    for _ in range(5):  # turns of the loop
        await asyncio.sleep(0)
    assert len(broker.sends) == 2, "together"
    assert not any(one.done() for one in tasks[1:]), "nobody goes on before his own are out"
    broker.let.release()
    return tasks


def test_what_came_while_a_send_was_under_way_goes_out_together() -> None:
    async def scenario() -> list[Sequence[Record]]:
        broker = Broker()
        await asyncio.gather(*await three_sources(broker))
        return broker.sends

    sends = asyncio.run(scenario())
    assert [[one["id"] for record in records for one in unbundled(record.value)] for records in sends] == [
        ["0"],
        ["1", "2"],
    ]


def test_all_whose_facts_were_not_taken_are_told() -> None:
    async def scenario() -> list[Any]:
        return await asyncio.gather(*await three_sources(Broker(fails=True)), return_exceptions=True)

    first, *others = asyncio.run(scenario())
    assert first is None
    assert [type(one) for one in others] == [DependencyError, DependencyError]


def test_facts_whose_send_was_called_off_do_not_count_as_sent() -> None:
    async def scenario() -> list[Any]:
        broker: Any = Broker()
        sender = FactSender(broker, 4)
        tasks = []
        for number in range(3):
            tasks.append(asyncio.ensure_future(sender.send([fact(number)], [])))
            await asyncio.sleep(0)
        broker.let.release()
        await tasks[0]
        for _ in range(5):  # turns of the loop
            await asyncio.sleep(0)
        assert len(broker.sends) == 2
        tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, *others = asyncio.run(scenario())
    assert first is None
    assert [type(one) for one in others] == [asyncio.CancelledError, asyncio.CancelledError]


def test_the_next_send_after_a_failed_one_is_its_own() -> None:
    async def scenario() -> None:
        broker: Any = Broker()
        sender = FactSender(broker, 4)
        broker.fails, broker.sends = True, [[]]
        broker.let.release()
        with pytest.raises(DependencyError):
            await sender.send([fact(1)], [])
        broker.fails = False
        broker.let.release()
        await sender.send([fact(2)], [])

    asyncio.run(scenario())
