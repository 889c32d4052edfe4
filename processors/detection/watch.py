"""Streams in a store: which exist, which have an open alert, and what an event does to them."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from processors.detection.alert import Alert, Subject, alert_of
from processors.detection.lag import LATE_RATE
from processors.detection.settings import DetectionSettings, StreamSettings
from processors.detection.stream import (
    Counter,
    Rules,
    Stream,
    catch_up,
    close,
    count,
    day_of,
    hit,
    new_counter,
    new_stream,
)

Store = MutableMapping[str, Any]
"""State of one tenant and payer: small plain values by key. Each change assigns a key anew."""


_OPEN = "open"
"""Key of the subjects with an open alert: {stream key: {subject, counter key}}."""


@dataclass(frozen=True)
class Watched:
    """One stream in a store.

    Attributes:
        subject: What it is about.
        counter_key: Key of its denominator.
    """

    subject: Subject
    counter_key: str

    @property
    def key(self) -> str:
        """Key of the stream."""
        return f"{self.subject.kind}|{self.subject.name}"


@dataclass(frozen=True)
class Watcher:
    """Takes events into the streams of one kind.

    Attributes:
        kind: Kind of alert; names a group of the settings.
        settings: All settings.
    """

    kind: str
    settings: DetectionSettings

    @cached_property
    def own(self) -> StreamSettings:
        """The settings of this kind."""
        found: StreamSettings = getattr(self.settings, self.kind)
        return found

    @cached_property
    def rules(self) -> Rules:
        """How the streams are judged; one without a baseline is not tested."""
        return self._rules(None)

    @cached_property
    def bold_rules(self) -> Rules:
        """How the streams are judged where one without a baseline is tested too, against the rate of the unknown."""
        return self._rules(self._unknown_rate())

    def _rules(self, unknown_rate: float | None) -> Rules:
        test = self.settings.test
        return Rules(
            settings=test,
            threshold=1 / self.own.false_alarms,
            floor=self.own.floor,
            least_events=self.own.baseline_events or test.baseline_events,
            unknown_rate=unknown_rate,
        )

    def count(self, store: Store, counter_key: str, at: int) -> bool:
        """Count an event of a denominator; return whether it is the first of a day."""
        counter: Counter = store.get(counter_key) or new_counter()
        first = count(counter, at)
        store[counter_key] = counter
        return first

    def hit(self, store: Store, watched: Watched, rules: Rules, at: int, cents: int, lineage: str) -> list[Alert]:
        """Take in a hit, which its denominator has counted already.

        Args:
            store: State; the stream is assigned anew.
            watched: The stream.
            rules: How it is judged.
            at: Instant, microseconds since 1970.
            cents: Money of the hit.
            lineage: Lineage of the hit.
        """
        stream: Stream = store.get(watched.key) or new_stream(day_of(at), rules.settings)
        alerts = self._caught_up(store, watched, stream, rules, at, before_hit=True)
        transition = hit(stream, rules, at, cents, lineage)
        if transition:
            alerts.append(alert_of(watched.subject, stream, transition, at, self.settings, self.own.false_alarms))
        if transition == "opened":
            self._remember(store, watched)
        store[watched.key] = stream
        return alerts

    def _unknown_rate(self) -> float | None:
        """Return the rate that a stream of this kind with an open alert may have been tested against."""
        if self.kind == "payer_lag_drift":
            return LATE_RATE
        return self.settings.unknown_rate if self.kind.endswith("_pattern") else None

    def look_again(self, store: Store, at: int) -> list[Alert]:
        """Look whether open alerts of this kind have ended; a stream without hits tells nothing by itself."""
        alerts: list[Alert] = []
        rules = self.bold_rules
        for key, entry in list((store.get(_OPEN) or {}).items()):
            if key.startswith(f"{self.kind}|"):
                stream: Stream = store[key]
                watched = Watched(Subject(**entry["subject"]), entry["counter"])
                alerts += self._caught_up(store, watched, stream, rules, at, before_hit=False)
                store[key] = stream
        return alerts

    def _caught_up(
        self, store: Store, watched: Watched, stream: Stream, rules: Rules, at: int, *, before_hit: bool
    ) -> list[Alert]:
        counter: Counter = store[watched.counter_key]
        ended = catch_up(stream, counter, rules, today=day_of(at), before_hit=before_hit)
        if not ended:
            return []
        alert = alert_of(watched.subject, stream, ended, at, self.settings, self.own.false_alarms)
        close(stream, rules)
        store[_OPEN] = {other: entry for other, entry in store[_OPEN].items() if other != watched.key}
        return [alert]

    def _remember(self, store: Store, watched: Watched) -> None:
        subject = {field.name: getattr(watched.subject, field.name) for field in fields(Subject)}
        entry = {"subject": subject, "counter": watched.counter_key}
        store[_OPEN] = {**(store.get(_OPEN) or {}), watched.key: entry}


def any_open(store: Store) -> bool:
    """Return whether any stream has an open alert."""
    return bool(store.get(_OPEN))


def is_open(store: Store, key: str) -> bool:
    """Return whether a stream has an open alert."""
    return key in (store.get(_OPEN) or {})
