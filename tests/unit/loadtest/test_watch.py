"""The watcher tells events apart by their id without decoding them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loadtest.watch import event_id_of
from models.synthetic import generate
from schemas.codec import ColumnarEncoder
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.registry import CheckedInIds


def test_the_event_id_is_read_from_the_start_of_the_message() -> None:
    events = generate(20, 3, start=datetime(2026, 11, 1, tzinfo=UTC)).events
    messages = ColumnarEncoder(CLAIMS_SUBMITTED, CheckedInIds()).encode(events)
    assert [event_id_of(message).decode() for message in messages] == events["event_id"].to_list()


def test_an_id_too_long_to_be_read_so_is_refused_not_cut() -> None:
    with pytest.raises(ValueError, match="too long"):
        event_id_of(b"\x00\x00\x00\x00\x01\x80\x01" + b"x" * 64)
