"""The journey of each claim: submissions, decisions and when they happen, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.synthetic.payers.habits import Habits
from models.synthetic.payers.reason_codes import the_reason_codes
from models.synthetic.profiles import REASONS
from models.synthetic.world import Flags, Index, Numbers

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

PAID, PARTIAL, DENIED = 0, 1, 2
ORIGINAL, AGAIN, CORRECTED, VOID = 0, 1, 2, 3
"""Kinds of submissions: first, sent again unchanged after a front-end rejection, replacement, void."""

TAKEN, BY_PAYER, BY_SET = 0, 1, 2
"""How a submission is received: taken, refused by the payer's front end, refused with its whole set."""

REJECTED_SHARE, REJECTED_WITH_FAULT = 0.012, 0.12
"""Chance of a front-end rejection of any claim, and of one with a fault that a front end sees."""

_REJECTED_SETS = 0.004
_CORRECTED_SHARE, _APPEALED_SHARE = 0.46, 0.17
_APPEAL_WON = 0.55
_TAKEN_BACK, _VOIDED = 0.006, 0.004
# Chance that a corrected claim is paid, by reason; published overturn rates lie between 54 and 70 per cent.
_CORRECTION_WON = {
    "eligibility_inactive": 0.55,
    "timely_filing": 0.15,
    "duplicate": 0.35,
    "not_covered_benefit": 0.2,
    "benefit_limit": 0.3,
    "medical_necessity": 0.45,
    "missing_invalid_info": 0.88,
    "modifier": 0.85,
    "member_id_demographics": 0.85,
}
_USUALLY_WON = 0.68
_RECEIPT_HOURS = (5, 9)


@dataclass(frozen=True)
class Start:
    """What the journey begins with, one value a claim.

    Attributes:
        submitted_at: First submission, microseconds since 1970.
        sets: The transaction sets of the first submissions.
        payer: Payer index.
        denied: Whether the first decision denies.
        reason: Index of the stated reason; -1 when paid.
        line_count: Number of lines.
        refusal_share: Chance of a front-end rejection.
        slower: Factor on the days to the first decision.
    """

    submitted_at: Index
    sets: Sets
    payer: Index
    denied: Flags
    reason: Index
    line_count: Index
    refusal_share: Numbers
    slower: Numbers


@dataclass(frozen=True)
class Sets:
    """Transaction sets: the claims that went out together.

    Attributes:
        number: Set of each submission, from 0.
        count: Number of sets.
        sent_at: When each submission's set went out, microseconds since 1970.
    """

    number: Index
    count: int
    sent_at: Index

    @classmethod
    def of(cls, submitted_at: Index) -> Sets:
        """Cut submissions into sets: those of a quarter of an hour together, no more than MOST_CLAIMS_A_SET."""
        order = np.argsort(submitted_at, kind="stable")
        cut = submitted_at[order] // _CUT_US
        first = np.concatenate([[True], cut[1:] != cut[:-1]])[: len(order)]
        place = np.arange(len(order))
        within = place - np.maximum.accumulate(np.where(first, place, 0))
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.cumsum(first | (within % MOST_CLAIMS_A_SET == 0)) - 1
        count = int(number.max(initial=-1)) + 1
        last = np.zeros(count, dtype=np.int64)
        np.maximum.at(last, number, submitted_at)
        return cls(number, count, last[number])


MOST_CLAIMS_A_SET = 200
_CUT_US = HOUR_US // 4
"""Longer, and a 999 could not come within an hour of the submission of a claim that waits for the cut."""


@dataclass(frozen=True)
class Journey:
    """Submissions and decisions.

    Attributes:
        submissions: claim, kind, submitted_at (microseconds), refusal (TAKEN, BY_PAYER in a 277CA, BY_SET in a 999),
            answered_at (payer's own acknowledgement), frequency.
        decisions: claim, submission (position in `submissions`), sign (1, -1 for a reversal), outcome (PAID,
            PARTIAL, DENIED), reason (-1 for none), statement (see ReasonCodes), paid_on (days since 1970),
            correction, recovery (taken back as provider adjustment rather than by a reversal).
    """

    submissions: pl.DataFrame
    decisions: pl.DataFrame


def travel(start: Start, habits: Habits, rng: np.random.Generator) -> Journey:
    """Draw the journey of every claim."""
    count = len(start.payer)
    first = _first_submissions(start, habits, rng)
    last_of_claim = np.where(first.again, count + np.cumsum(first.again) - 1, np.arange(count))
    decided = habits.decided_at(
        start.payer, first.accepted_at, rng.normal(size=count), np.where(start.denied, 1.15, 1.0) * start.slower
    )
    paid_on = habits.paid_on(start.payer, decided)
    by_line = the_reason_codes().by_line[start.reason] & (start.line_count > 1) & start.denied
    outcome = np.where(start.denied, np.where(by_line & (rng.random(count) < 0.7), PARTIAL, DENIED), PAID)
    statement = the_reason_codes().draw(np.maximum(start.reason, 0), rng.random(count))
    base = {
        "claim": np.arange(count),
        "submission": last_of_claim,
        "sign": np.ones(count, dtype=np.int64),
        "outcome": outcome,
        "reason": start.reason,
        "statement": statement,
        "paid_on": paid_on,
        "correction": np.zeros(count, dtype=bool),
        "recovery": np.zeros(count, dtype=bool),
    }
    submissions = [first.frame(start)]
    decisions = [pl.DataFrame(base)]
    ground = _Ground(start, habits, rng, base, rng.random(count))
    for later in (_second_attempts, _appeals, _takebacks, _voids):
        made, decided_rows = later(ground, sum(part.height for part in submissions))
        submissions.append(made)
        decisions.append(decided_rows)
    return Journey(pl.concat(submissions), pl.concat(decisions))


@dataclass(frozen=True)
class _Ground:
    """What everything after the first decision is drawn from; `path` decides who corrects and who appeals."""

    start: Start
    habits: Habits
    rng: np.random.Generator
    base: dict[str, np.ndarray]
    path: Numbers

    def later(self, rows: Index, days: Numbers) -> Index:
        """Return instants some days after the remittance of the first decision."""
        result: Index = received_at(self.base["paid_on"][rows]) + (days * DAY_US).astype(np.int64)
        return result

    def sent_again(self, rows: Index, sent: Index, faster: float) -> tuple[Index, Index]:
        """Return when the payer takes what was sent, and the day of its payment."""
        payer = self.start.payer[rows]
        accepted = sent + _ack_delay(self.habits, payer, self.rng.normal(size=len(rows)))
        normal = self.rng.normal(size=len(rows))
        decided = self.habits.decided_at(payer, accepted, normal, np.full(len(rows), faster))
        return accepted, self.habits.paid_on(payer, decided)


@dataclass(frozen=True)
class _First:
    refusal: Index
    again_at: Index
    answered_at: Index
    accepted_at: Index

    @property
    def again(self) -> Flags:
        result: Flags = self.refusal != TAKEN
        return result

    def frame(self, start: Start) -> pl.DataFrame:
        count = len(start.payer)
        original = _submissions(np.arange(count), ORIGINAL, start.submitted_at, self.answered_at, "1").with_columns(
            refusal=pl.Series(self.refusal)
        )
        rows = np.flatnonzero(self.again)
        return pl.concat([original, _submissions(rows, AGAIN, self.again_at[rows], self.accepted_at[rows], "1")])


def _submissions(claim: Index, kind: int, at: Index, answered_at: Index, frequency: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "claim": claim.astype(np.int64),
            "kind": np.full(len(claim), kind, dtype=np.int64),
            "submitted_at": at.astype(np.int64),
            "refusal": np.full(len(claim), TAKEN, dtype=np.int64),
            "answered_at": answered_at.astype(np.int64),
            "frequency": pl.Series([frequency]).new_from_index(0, len(claim)),
        }
    )


def _first_submissions(start: Start, habits: Habits, rng: np.random.Generator) -> _First:
    count, sets = len(start.payer), start.sets
    refusal = np.where(rng.random(count) < start.refusal_share, BY_PAYER, TAKEN)
    refused_set = rng.random(sets.count) < _REJECTED_SETS
    refusal = np.where(refused_set[sets.number], BY_SET, refusal)
    # A payer acknowledges what came in one set together.
    normal = rng.normal(size=(sets.count, len(habits.ack_hours)))[sets.number, start.payer]
    answered_at = sets.sent_at + _ack_delay(habits, start.payer, normal)
    days = np.where(refusal == BY_SET, rng.uniform(0.1, 0.9, count), rng.uniform(0.6, 4.5, count))
    known_at = np.where(refusal == BY_SET, sets.sent_at, answered_at)
    again_at = known_at + (days * DAY_US).astype(np.int64)
    second = again_at + _ack_delay(habits, start.payer, rng.normal(size=count))
    return _First(refusal, again_at, answered_at, np.where(refusal == TAKEN, answered_at, second))


def _ack_delay(habits: Habits, payer: Index, normal: Numbers) -> Index:
    hours = habits.ack_hours[payer] * np.exp(0.25 * normal)
    delay: Index = (np.clip(hours, 3, 70) * HOUR_US).astype(np.int64)
    return delay


def _rows(base: dict[str, np.ndarray], rows: Index, **changes: object) -> pl.DataFrame:
    columns = {name: values[rows] for name, values in base.items()}
    for name, value in changes.items():
        columns[name] = np.broadcast_to(np.asarray(value), rows.shape).astype(base[name].dtype)
    return pl.DataFrame(columns)


def received_at(paid_on: Index) -> Index:
    """Return when the remittance of a payment day comes in: early on that day, the same for a whole payment."""
    hours = _RECEIPT_HOURS[0] + paid_on % (_RECEIPT_HOURS[1] - _RECEIPT_HOURS[0])
    result: Index = paid_on * DAY_US + hours * HOUR_US
    return result


Made = tuple[pl.DataFrame, pl.DataFrame]


def _second_attempts(ground: _Ground, before: int) -> Made:
    """Corrected claims (frequency 7) after a denial: paid, or denied again for the same reason."""
    start, base, rng = ground.start, ground.base, ground.rng
    won_draw = rng.random(len(start.payer))
    rows = np.flatnonzero(start.denied & (ground.path < _CORRECTED_SHARE))
    chance = np.array([_CORRECTION_WON.get(reason, _USUALLY_WON) for reason in REASONS])
    won = won_draw[rows] < chance[start.reason[rows]]
    sent = ground.later(rows, rng.gamma(2.0, 4.5, len(rows)))
    accepted, paid_on = ground.sent_again(rows, sent, 1.0)
    partly = base["outcome"][rows] == PARTIAL
    again = _rows(
        base,
        rows,
        submission=before + np.arange(len(rows)),
        outcome=np.where(won, PAID, base["outcome"][rows]),
        reason=np.where(won, -1, start.reason[rows]),
        paid_on=paid_on,
        correction=partly,
    )
    # Money was paid on the first decision: the payer takes it back before it pays the replacement.
    reversal = _rows(base, rows[partly], sign=-1, paid_on=paid_on[partly])
    return _submissions(rows, CORRECTED, sent, accepted, "7"), pl.concat([reversal, again])


def _appeals(ground: _Ground, before: int) -> Made:
    """Appeals that are won: the payer reverses its decision and pays; lost ones leave no trace."""
    del before
    start, base = ground.start, ground.base
    won = (ground.path >= _CORRECTED_SHARE) & (ground.path < _CORRECTED_SHARE + _APPEALED_SHARE * _APPEAL_WON)
    rows = np.flatnonzero(start.denied & won)
    decided = ground.later(rows, ground.rng.uniform(25, 75, len(rows)))
    paid_on = ground.habits.paid_on(start.payer[rows], decided)
    reversal = _rows(base, rows, sign=-1, paid_on=paid_on)
    paid = _rows(base, rows, outcome=PAID, reason=-1, paid_on=paid_on, correction=True)
    return _none(), pl.concat([reversal, paid])


def _takebacks(ground: _Ground, before: int) -> Made:
    """Payments taken back months later: by a reversal and a denial, or as an adjustment of the provider's payment."""
    del before
    rows = np.flatnonzero(~ground.start.denied & (ground.path < _TAKEN_BACK))
    decided = ground.later(rows, ground.rng.uniform(30, 120, len(rows)))
    paid_on = ground.habits.paid_on(ground.start.payer[rows], decided)
    return _none(), taken_back(ground.base, rows, paid_on, ground.rng)


def taken_back(base: dict[str, np.ndarray], rows: Index, paid_on: Index, rng: np.random.Generator) -> pl.DataFrame:
    """Return the decisions that take payments back: two in three by reversal, the rest as provider adjustments."""
    silent = rng.random(len(rows)) < 1 / 3
    reason = rng.choice([REASONS.index("cob_other_payer"), REASONS.index("medical_necessity")], len(rows))
    statement = the_reason_codes().draw(reason, rng.random(len(rows)))
    told = ~silent
    reversal = _rows(base, rows[told], sign=-1, paid_on=paid_on[told])
    denial = _rows(
        base,
        rows[told],
        outcome=DENIED,
        reason=reason[told],
        statement=statement[told],
        paid_on=paid_on[told],
        correction=True,
    )
    recovered = _rows(base, rows[silent], sign=-1, paid_on=paid_on[silent], recovery=True)
    return pl.concat([reversal, denial, recovered])


def _voids(ground: _Ground, before: int) -> Made:
    """Paid claims that the provider voids (frequency 8): the payer reverses its payment."""
    rows = np.flatnonzero(~ground.start.denied & (ground.path > 1 - _VOIDED))
    sent = ground.later(rows, ground.rng.uniform(4, 30, len(rows)))
    accepted, paid_on = ground.sent_again(rows, sent, 0.6)
    reversal = _rows(ground.base, rows, sign=-1, submission=before + np.arange(len(rows)), paid_on=paid_on)
    return _submissions(rows, VOID, sent, accepted, "8"), reversal


def _none() -> pl.DataFrame:
    nothing = np.zeros(0, dtype=np.int64)
    return _submissions(nothing, ORIGINAL, nothing, nothing, "1")
