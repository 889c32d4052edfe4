"""Sending facts: what the sources have read while a send was under way goes out together, bundled together.

One wait for the broker serves all sources, and facts of one account that came from several topics share a bundle:
they are folded at once and stated once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from processors.correlation.facts import Fact
from streams.correlation.bundles import bundled
from streams.correlation.sender import Record, Sender


@dataclass
class _Mail:
    """What goes out together, and how that ended."""

    facts: list[Fact] = field(default_factory=list)
    letters: list[Record] = field(default_factory=list)
    sent: bool = False
    failed: Exception | None = None


class FactSender:
    """Sends facts and dead letters of all sources.

    Args:
        sender: Sends records.
        partitions: Partitions of the fact topic.
    """

    def __init__(self, sender: Sender, partitions: int) -> None:
        self._sender = sender
        self._partitions = partitions
        self._waiting = _Mail()
        self._lock = asyncio.Lock()

    async def send(self, facts: Iterable[Fact], letters: Iterable[Record]) -> None:
        """Send and wait until the broker has all of it.

        Raises:
            DependencyError: The broker did not take them, or what was sent with them.
        """
        mail = self._waiting
        mail.facts += facts
        mail.letters += letters
        async with self._lock:
            if mail is self._waiting:
                self._waiting = _Mail()
                await self._post(mail)
        if not mail.sent:
            raise mail.failed or asyncio.CancelledError

    async def _post(self, mail: _Mail) -> None:
        try:
            await self._sender.send([*bundled(mail.facts, self._partitions), *mail.letters])
        except Exception as error:  # each of those whose facts these are must know
            mail.failed = error
        else:
            mail.sent = True
