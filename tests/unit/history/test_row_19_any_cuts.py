"""Row 19: however a stream is cut into batches, aborted, restarted or replayed, every claim is judged the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.history.stories import Run, claim, stream

DAYS = [date(2026, 3, 30) + timedelta(days=n) for n in (0, 1, 2, 3, 20)] + [date(2025, 7, 1), date(2026, 6, 1)]
CODES = ["99213", "99214", "99203", "97110", "10060", "11042", "G0438", "44970", "71046"]


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    """One claim out of few patients, days, codes and control numbers, so that claims meet."""
    chosen = draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=2))
    day = draw(st.sampled_from(DAYS))
    return claim(
        day,
        chosen,
        patient_token=draw(st.sampled_from(["one", "four"])),
        billing_npi=draw(st.sampled_from(["1234567893", "1306849450"])),
        total_charge_cents=draw(st.sampled_from([15_000, 16_000])),
        payer_sequence=draw(st.sampled_from("PPPS")),
        frequency_code=draw(st.sampled_from(["1", "1", "1", "1", "7", "8"])),
        patient_control_token=draw(st.sampled_from(["a", "b", "c"])),
        error_count=draw(st.sampled_from([0, 0, 0, 0, 1])),
    )


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A stream in which claims come again: equal under another event, or as the very same event."""
    stream_of_claims: list[dict[str, Any]] = []
    for number in range(draw(st.integers(2, 14))):
        again = draw(st.sampled_from(["new", "new", "equal", "same event"])) if stream_of_claims else "new"
        if again == "new":
            one = {**draw(claims()), "event_id": f"event-{number}"}
        else:
            one = dict(draw(st.sampled_from(stream_of_claims)))
            if again == "equal":
                one["event_id"] = f"event-{number}"
        stream_of_claims.append({**one, "partition": len(one["patient_token"]) % 2})
    return stream_of_claims


@settings(max_examples=150)
@given(streams(), st.data())
def test_row_19_the_same_decisions_for_any_cut_abort_restart_and_replay(
    told: list[dict[str, Any]], data: st.DataObject
) -> None:
    whole = stream(told)
    expected = Run(whole).one_by_one()
    run = Run(whole)
    decided: list[object] = []
    while len(decided) < whole.size:
        end = data.draw(st.integers(len(decided) + 1, whole.size), label="end of batch")
        rows = range(len(decided), end)
        if data.draw(st.booleans(), label="aborted first"):
            run.process(rows, commit=False)
        decided += run.process(rows)
        if data.draw(st.booleans(), label="replayed from an earlier offset"):
            start = data.draw(st.integers(0, end - 1), label="start of replay")
            assert run.process(range(start, end)) == expected[start:end]
    assert decided == expected


@settings(max_examples=50)
@given(streams())
def test_row_19_what_is_remembered_does_not_depend_on_the_cut(told: list[dict[str, Any]]) -> None:
    whole = stream(told)
    singly, together = Run(whole), Run(whole)
    singly.one_by_one()
    together.process(range(whole.size))
    assert together.memory == singly.memory
