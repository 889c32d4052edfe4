"""Live detection over the events of one payer: denial and reject spikes, slower answers, patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from processors.detection import patterns
from processors.detection.alert import Alert, Subject
from processors.detection.lag import answered
from processors.detection.settings import DetectionSettings
from processors.detection.watch import Store, Watched, Watcher, any_open

Event = Mapping[str, Any]
ACK_KINDS = {"ack_277ca": "277CA", "ack_999": "999"}
_CLAIMS = "count|denial_spike"
_ANSWERS = "count|payer_lag_drift"
_DENIED = ("denied", "partial")


@dataclass(frozen=True)
class Detector:
    """Looks at every event once.

    Attributes:
        settings: config/detection.yaml.
    """

    settings: DetectionSettings

    @classmethod
    def shipped(cls) -> Detector:
        """Return the detector with the settings that claimstream ships."""
        return cls(DetectionSettings.shipped())

    def step(self, store: Store, event: Event, now: datetime) -> list[Alert]:
        """Take one event into the state of its tenant and payer.

        Args:
            store: State of this tenant and payer: small plain values by key; a key that changes is assigned anew.
                Begin with an empty mapping. Replayed events must not be given twice.
            event: A row of claims.adjudicated; only first adjudications count, as stated first (sign 1,
                revision 1). Or an acknowledgement: {"kind": "ack_277ca" or "ack_999", "rejected": bool, "payer_id",
                "clearinghouse_id", "lineage_id", "expected_allowed_cents"}.
            now: Instant of the event; time does not go back (an earlier instant counts to the latest day).

        Returns:
            What became of alerts.
        """
        at = round(now.timestamp() * 1_000_000)
        if event["kind"] in ACK_KINDS:
            return self._acknowledged(store, event, at)
        if event["kind"] == "claim" and event["sign"] == 1 and event["revision"] == 1 and event["first_adjudication"]:
            return self._adjudicated(store, event, at)
        return []

    def sweep(self, store: Store, now: datetime) -> list[Alert]:
        """Look whether open alerts have ended; a new day's first event does it too.

        Args:
            store: State of this tenant and payer.
            now: The clock. Call once a day while `awaits_sweep` holds: a payer that has fallen silent says nothing.
        """
        at = round(now.timestamp() * 1_000_000)
        return [alert for kind in _KINDS for alert in self._watchers[kind].look_again(store, at)]

    @staticmethod
    def awaits_sweep(store: Store) -> bool:
        """Return whether an alert is open that the clock may end."""
        return any_open(store)

    @cached_property
    def _watchers(self) -> dict[str, Watcher]:
        return {kind: Watcher(kind, self.settings) for kind in _KINDS}

    def _adjudicated(self, store: Store, row: Event, at: int) -> list[Alert]:
        watcher = self._watchers["denial_spike"]
        alerts: list[Alert] = []
        if watcher.count(store, _CLAIMS, at):
            alerts += [alert for kind in _KINDS for alert in self._watchers[kind].look_again(store, at)]
        if row["outcome"] in _DENIED:
            group = row["root_cause_group"] or "unmapped"
            subject = Subject(
                "denial_spike", group, f"Denied for {group}", payer_id=row["payer_id"], root_cause_group=group
            )
            cents = row["denied_cents"]
            alerts += watcher.hit(store, Watched(subject, _CLAIMS), watcher.rules, at, cents, row["lineage_id"])
        alerts += self._lag(store, row, at)
        return alerts + self._patterns(store, row, at)

    def _lag(self, store: Store, row: Event, at: int) -> list[Alert]:
        days = row["payer_lag_days"]
        if days is None:
            return []
        watcher = self._watchers["payer_lag_drift"]
        cents = row["expected_allowed_cents"] or 0
        state, day = answered(store.get("lag"), days, cents, row["lineage_id"], at, watcher.own.warm_up_days)
        store["lag"] = state
        if day is None:
            return []
        watcher.count(store, _ANSWERS, at)
        if not day.late:
            return []
        what = f"Payment days with a median answer after more than {state['limit']} days"
        subject = Subject("payer_lag_drift", "lag", what, payer_id=row["payer_id"])
        return watcher.hit(store, Watched(subject, _ANSWERS), watcher.bold_rules, at, day.cents, day.lineage)

    def _patterns(self, store: Store, row: Event, at: int) -> list[Alert]:
        known = self._is_known(store)
        of = {"payer_id": row["payer_id"], "lineage": row["lineage_id"], "known": known}
        denial = self._watchers["new_denial_pattern"]
        seen = patterns.denials(row["lines"], denial.own.groups)
        alerts = patterns.observe(store, denial, seen, at, **of)
        short = patterns.underpayments(row["lines"])
        return alerts + patterns.observe(store, self._watchers["underpayment_pattern"], short, at, **of)

    def _is_known(self, store: Store) -> bool:
        """Return whether the payer has been seen long enough."""
        days = store[_CLAIMS]["days"]
        test = self.settings.test
        if len(days) < test.baseline_days:
            return False
        enough = sum([events for _, events in days]) >= test.baseline_events
        return enough and len(days) >= test.baseline_days + test.quarantine_days

    def _acknowledged(self, store: Store, event: Event, at: int) -> list[Alert]:
        watcher = self._watchers["reject_spike"]
        house, name = event["clearinghouse_id"], ACK_KINDS[event["kind"]]
        key = f"count|reject_spike|{name}|{house or ''}"
        alerts = watcher.look_again(store, at) if watcher.count(store, key, at) else []
        if not event["rejected"]:
            return alerts
        subject = Subject(
            "reject_spike",
            f"{name}|{house or ''}",
            f"Rejected by {name}",
            payer_id=event["payer_id"],
            clearinghouse_id=house,
        )
        cents = event["expected_allowed_cents"] or 0
        return alerts + watcher.hit(store, Watched(subject, key), watcher.rules, at, cents, event["lineage_id"])


_KINDS = ("denial_spike", "reject_spike", "payer_lag_drift", "underpayment_pattern", "new_denial_pattern")
