"""The load of the soak: synthetic claims with what comes of them, at a steady rate, whatever the broker does."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

import polars as pl
from confluent_kafka import Producer

from claimstream.settings import Settings
from claimstream.synthetic import Order, synthetic_parts
from schemas.codec import ColumnarEncoder
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, REMITS_RECEIVED, Contract
from schemas.registry import CheckedInIds
from streams.broker import Broker

PART_CLAIMS = 250
_SEED_STEP = 7_919
_KEYS = {
    CLAIMS_SUBMITTED: pl.col("patient_token"),
    ACKS_RECEIVED: pl.col("subject_token"),
    REMITS_RECEIVED: pl.coalesce("patient_control_token", "payment_id"),
}


class Load(threading.Thread):
    """Publishes until it is stopped; with a hundred claims comes one that is poison.

    Args:
        broker: Where to.
        settings: Home and keyring of the installation.
        seed: Seed of the claims.
        rate: Events a second: a part's claims first, then its acknowledgements and remittances.
    """

    def __init__(self, broker: Broker, settings: Settings, seed: int, rate: float) -> None:
        super().__init__(daemon=True, name="load")
        self._settings = settings
        self._seed = seed
        self._rate = rate
        self._stopping = threading.Event()
        self._encoders = {contract: ColumnarEncoder(contract, CheckedInIds()) for contract in _KEYS}
        # Not lost while the broker is away for as long as the soak makes it.
        config = {**broker.idempotent_config("soak"), "message.timeout.ms": 600_000}
        self._producer = Producer(config)
        self.sent: Counter[str] = Counter()
        self.failed = ""

    def run(self) -> None:
        """Publish parts of claims, each followed by its answers."""
        number = 0
        while not self._stopping.is_set():
            order = Order(PART_CLAIMS, self._seed + _SEED_STEP * number, with_outcomes=True)
            number += 1
            for part in synthetic_parts(self._settings, order):
                frames = [(CLAIMS_SUBMITTED, part.claims), (ACKS_RECEIVED, part.acks), (REMITS_RECEIVED, part.remits)]
                for contract, frame in frames:
                    if frame is not None:
                        self._offer(contract, frame)

    def _offer(self, contract: Contract, frame: pl.DataFrame) -> None:
        """Publish events at the rate; every hundredth claim comes with a damaged one before it."""
        values = self._encoders[contract].encode(frame)
        keys = frame.select(pl.concat_str("tenant_id", pl.lit("|"), _KEYS[contract])).to_series().to_list()
        started = time.monotonic()
        for position, (value, key) in enumerate(zip(values, keys, strict=True)):
            if self._stopping.is_set():
                return
            if contract is CLAIMS_SUBMITTED and position % 100 == 0:
                self._produce(contract.name, b"\0\0\0\0\x63ZZCANARY", key)
            self._produce(contract.name, value, key)
            ahead = (position + 1) / self._rate - (time.monotonic() - started)
            if ahead > 0.05:
                self._producer.poll(0)
                self._stopping.wait(ahead)

    def _produce(self, topic: str, value: bytes, key: str) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=self._delivered)
                self.sent[topic] += 1
                return
            except BufferError:
                self._producer.poll(0.1)

    def _delivered(self, error: Any, _message: Any) -> None:
        if error is not None:
            self.failed = error.str()

    def stop(self) -> None:
        """End the load and wait until the broker has all of it."""
        self._stopping.set()
        self.join(60)
        left = self._producer.flush(120)
        assert not left, f"{left} events were not delivered"
        assert not self.failed, self.failed
