"""Claim, release, snooze, done and undo as a fold: one owner, order of arrival without effect, complete history."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from processors.workqueue.actions import fold
from tests.unit.workqueue.lineages import Record, act, day


def test_the_first_who_claims_an_item_has_it() -> None:
    found = fold([act(1, "claim", 1, "ann"), act(2, "claim", 2, "bob"), act(3, "done", 3, "bob")])
    assert (found.owner, found.status(day(4))) == ("ann", "claimed")
    assert [entry.effect for entry in found.history] == ["applied", "refused", "refused"]


def test_a_released_item_can_be_claimed_by_another() -> None:
    found = fold([act(1, "claim", 1, "ann"), act(2, "release", 2, "ann"), act(3, "claim", 3, "bob")])
    assert found.owner == "bob"


def test_undo_takes_back_the_action_it_names() -> None:
    done = act(1, "done", 1, outcome="written_off", written_off_cents=500)
    found = fold([done, act(2, "undo", 2, undoes_event_id="a1")])
    assert (found.done_at, found.outcome, found.written_off_cents) == (None, None, None)
    assert [entry.effect for entry in found.history] == ["undone", "applied"]


def test_undo_without_a_name_takes_back_the_latest_that_stands() -> None:
    found = fold([act(1, "claim", 1), act(2, "done", 2, outcome="appealed"), act(3, "undo", 3), act(4, "undo", 4)])
    assert (found.status(day(5)), found.owner) == ("open", None)


def test_an_undo_can_be_undone() -> None:
    found = fold(
        [
            act(1, "done", 1, outcome="appealed"),
            act(2, "undo", 2, undoes_event_id="a1"),
            act(3, "undo", 3, undoes_event_id="a2"),
        ]
    )
    assert found.outcome == "appealed"
    assert [entry.effect for entry in found.history] == ["applied", "undone", "applied"]


def test_an_undo_of_nothing_is_refused() -> None:
    found = fold([act(1, "undo", 1), act(2, "undo", 2, undoes_event_id="elsewhere")])
    assert [entry.effect for entry in found.history] == ["refused", "refused"]


def test_what_was_done_before_the_item_opened_anew_is_history_only() -> None:
    found = fold([act(1, "claim", 1), act(2, "done", 2, outcome="appealed")], since=day(3))
    assert (found.status(day(4)), len(found.history)) == ("open", 2)


def test_what_was_written_off_is_told() -> None:
    found = fold([act(1, "done", 1, outcome="written_off", written_off_cents=1_234)])
    assert (found.outcome, found.written_off_cents) == ("written_off", 1_234)


KINDS = st.sampled_from(["claim", "release", "snooze", "done", "undo"])


@st.composite
def stories(draw: st.DrawFn) -> list[Record]:
    count = draw(st.integers(0, 8))
    return [
        act(
            number,
            draw(KINDS),
            draw(st.integers(0, 4)),
            draw(st.sampled_from(["ann", "bob"])),
            snooze_until=day(draw(st.integers(0, 9))),
            undoes_event_id=draw(st.none() | st.integers(0, 8).map(lambda n: f"a{n}")),
        )
        for number in range(count)
    ]


@given(stories(), st.randoms())
def test_order_of_arrival_and_repeats_change_nothing_and_no_action_is_lost(story: list[Record], random: Random) -> None:
    shuffled = [*story, *story]
    random.shuffle(shuffled)
    found = fold(story)
    assert fold(shuffled) == found
    assert len(found.history) == len(story)
