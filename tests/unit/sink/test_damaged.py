"""Records that are no event: a dead letter where the bytes are to blame, a stop where another version may read them."""

import hashlib

import pytest

from schemas.contracts import CLAIMS_SCORED, DEAD_LETTER
from schemas.errors import FatalStreamError
from schemas.registry import CheckedInIds
from sink import writer
from sink.buckets import Bucket
from sink.config import SinkConfig
from sink.ranges import TopicPartition
from sink.rows.events import NothingKnown
from sink.writer import Built, build_tables, routes
from tests.scored_events import dead_letter_messages, scored_event, scored_messages

ROUTES = routes(SinkConfig(""), CheckedInIds())
GOOD = scored_messages([scored_event(n) for n in range(3)])


def built(topic: str, values: list[bytes | None]) -> Built:
    offsets = list(range(70, 70 + len(values)))
    bucket = Bucket(0.0, values, offsets, [1_772_323_200_000 + n for n in range(len(values))])
    return build_tables(ROUTES[topic], TopicPartition(topic, 2), bucket, NothingKnown())


def test_a_damaged_record_is_a_dead_letter_and_leaves_the_others_their_places() -> None:
    made = built(CLAIMS_SCORED.name, [GOOD[0], b"no event", GOOD[1], GOOD[2][:-5], None])
    assert made.damaged == 3
    assert made.tables["claims_header"]["kafka_offset"].to_pylist() == [70, 72]
    letters = made.tables["dead_letters"].to_pylist()
    assert [letter["event_id"] for letter in letters] == [f"claims.scored/2/{offset}" for offset in (71, 73, 74)]
    assert letters[0]["_hash"] == hashlib.sha256(b"no event").hexdigest()
    assert (letters[0]["source"], letters[0]["sealed_payload"]) == ("sink", None)
    assert letters[0]["failed_at"].timestamp() == pytest.approx(1_772_323_200.001)


def test_a_range_of_nothing_but_damaged_records_has_only_dead_letters() -> None:
    for topic in ROUTES:
        assert set(built(topic, [b"no event"]).tables) == {"dead_letters"}


def test_a_damaged_dead_letter_stands_among_the_others() -> None:
    made = built(DEAD_LETTER.name, [*dead_letter_messages(2), b"no event"])
    assert made.tables["dead_letters"].num_rows == 3


def test_a_record_of_an_unknown_schema_is_never_passed_over() -> None:
    with pytest.raises(FatalStreamError, match=r"offset 71 of claims\.scored/2.*Schema id 999999 is unknown"):
        built(CLAIMS_SCORED.name, [GOOD[0], b"\x00\x00\x0f\x42\x3f" + GOOD[1][5:]])


def test_a_range_full_of_damage_stops_the_sink(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_DAMAGED", 1)
    with pytest.raises(FatalStreamError, match="2 of 3 records"):
        built(CLAIMS_SCORED.name, [b"no event", b"no event", GOOD[0]])
