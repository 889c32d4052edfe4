"""Synthetic claims and what comes of them, published to a real broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimstream.settings import Settings
from claimstream.synthetic import Order, publish_order
from schemas.codec import ColumnarDecoder
from schemas.contracts import ACKS_RECEIVED, CLAIMS_SUBMITTED, REMITS_RECEIVED
from schemas.registry import CheckedInIds
from streams.broker import Broker
from tests.e2e.system import read_committed


def test_every_topic_gets_its_events_under_its_key(
    kafka: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap)
    monkeypatch.setenv("CLAIMSTREAM_HOME", str(tmp_path))
    settings = Settings()
    taken = publish_order(settings, Order(claims=200, seed=3, with_outcomes=True))
    subjects = {
        CLAIMS_SUBMITTED: ("patient_token",),
        ACKS_RECEIVED: ("subject_token",),
        REMITS_RECEIVED: ("patient_control_token", "payment_id"),
    }
    for contract, fields in subjects.items():
        messages = read_committed(kafka, contract.name)
        values = [message.value() or b"" for message in messages]
        events = ColumnarDecoder(contract, CheckedInIds()).decode(values).frame
        assert taken[contract.name] == len(messages) == events["event_id"].n_unique()
        for message, event in zip(messages, events.iter_rows(named=True), strict=True):
            subject = next(event[field] for field in fields if event[field] is not None)
            assert message.key() == f"{settings.claimstream_tenant}|{subject}".encode()
