"""Expected against allowed: which lines fall short of the promised price, and why others are not compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from processors.adjudication.matching import LineMatch
from processors.adjudication.policy import AdjudicationPolicy

Line = Mapping[str, Any]
REASONS = (
    "within",
    "underpaid",
    "overpaid",
    "recode",
    "multiple_procedure",
    "denied",
    "reversal",
    "unpriced",
)


@dataclass(slots=True)
class AnsweredLine:
    """A line of a remittance with what the comparison needs.

    Attributes:
        charge_cents: Charge.
        allowed_cents: Allowed; 0 on a denied line.
        denied_cents: Refused part.
        denied: Whether the line as a whole is denied.
        carcs: Its reason codes.
    """

    charge_cents: int
    allowed_cents: int
    denied_cents: int
    denied: bool
    carcs: Sequence[str]


class LineVariance(NamedTuple):
    """What the comparison says of one line of a remittance.

    Attributes:
        claim_line_number: Line of the claim it answers; None when it answers none or several.
        expected_cents: Expected allowed amount; None without a price.
        reason: One of REASONS.
        underpaid_cents: Shortfall beyond both floors.
        compared: Whether the line stands in the sums of expected and allowed.
    """

    claim_line_number: int | None = None
    expected_cents: int | None = None
    reason: str = "unpriced"
    underpaid_cents: int = 0
    compared: bool = False


UNPRICED = LineVariance()


def line_variances(
    answered: Sequence[AnsweredLine],
    claim_lines: Sequence[Line],
    matches: Sequence[LineMatch],
    policy: AdjudicationPolicy,
    *,
    payer_type: str | None,
    whole_claim: bool,
) -> list[LineVariance]:
    """Compare the lines of a remittance with the prices of the claim.

    Lines are compared one by one. They are compared together (one sum of expected, one of allowed) where a
    reduction for further procedures is at work, because the payer may rank the lines differently, and for claims
    that are paid as a whole. Denied and recoded lines are reported apart and never compared; neither is a line
    whose shortfall is the part that the payer denied.

    Args:
        answered: Lines of the remittance; amounts of a reversal are turned round.
        claim_lines: Priced lines of the claim.
        matches: Which answer which.
        policy: Floors and which prices bind.
        payer_type: Type of the payer.
        whole_claim: Whether the claim is paid as a whole.

    Returns:
        One entry for each line of the remittance.
    """
    result = [UNPRICED] * len(answered)
    reduced = False
    for match in matches:
        billed = [claim_lines[place] for place in match.claim_lines]
        if len(billed) == len(match.remit_lines) == 1:
            place = match.remit_lines[0]
            result[place] = _expected_of_one(answered[place], match, billed[0], policy, payer_type)
        else:
            _put_expected(result, answered, match, billed, policy, payer_type)
        reduced = reduced or _is_reduced(billed, policy) or _says_reduced(answered, match, policy)
    if whole_claim or reduced:
        compared = [place for place, line in enumerate(result) if line.compared]
        units = [compared] if compared else []
    else:
        units = [[p for p in match.remit_lines if result[p].compared] for match in matches]
    for unit in units:
        expected = sum([result[place].expected_cents or 0 for place in unit])
        allowed = sum([answered[place].allowed_cents for place in unit])
        if policy.beyond_floors(allowed - expected, expected):  # else the difference is too small to matter
            disputed = allowed < expected and _is_disputed(answered, claim_lines, matches, unit, policy)
            _judge(result, answered, unit, expected - allowed, disputed=disputed)
    return result


def _expected_of_one(
    part: AnsweredLine, match: LineMatch, line: Line, policy: AdjudicationPolicy, payer_type: str | None
) -> LineVariance:
    """Return what holds of a line that answers one line: `_put_expected` for the usual case."""
    expected: int | None = line["expected_allowed_cents"]
    reason = _apart(part, match, expected, bound=policy.is_promise(line["price_basis"], payer_type))
    if reason is None and expected is not None and 0 < expected - part.allowed_cents <= part.denied_cents:
        reason = "denied"
    return LineVariance(line["line_number"], expected, reason or "within", 0, reason is None)


def _put_expected(
    result: list[LineVariance],
    answered: Sequence[AnsweredLine],
    match: LineMatch,
    billed: Sequence[Line],
    policy: AdjudicationPolicy,
    payer_type: str | None,
) -> None:
    number = billed[0]["line_number"] if len(billed) == 1 else None
    prices = [line["expected_allowed_cents"] for line in billed]
    expected = None if None in prices else sum(prices)
    bound = all(policy.is_promise(line["price_basis"], payer_type) for line in billed)
    parts = [answered[place] for place in match.remit_lines]
    shares = [expected] if len(parts) == 1 else _apportioned(expected, [part.charge_cents for part in parts])
    gap = 0 if expected is None else expected - sum([part.allowed_cents for part in parts])
    is_refused_part = 0 < gap <= sum([part.denied_cents for part in parts])
    for place, part, share in zip(match.remit_lines, parts, shares, strict=True):
        reason = _apart(part, match, share, bound=bound)
        if reason is None and share is not None and is_refused_part:
            reason = "denied"
        result[place] = LineVariance(number, share, reason or "within", 0, reason is None)


def _apart(line: AnsweredLine, match: LineMatch, expected: int | None, *, bound: bool) -> str | None:
    """Return why a line is not compared; None when it is."""
    if line.denied:
        return "denied"
    if expected is None or not bound:
        return "unpriced"
    return "recode" if match.recoded else None


def _apportioned(amount: int | None, weights: Sequence[int]) -> list[int | None]:
    """Return an amount split by weights; the shares add up to it."""
    if amount is None:
        return [None] * len(weights)
    total = sum(weights)
    if total <= 0:
        return [amount, *([0] * (len(weights) - 1))]
    shares: list[int | None] = []
    weighed = given = 0
    for weight in weights:
        weighed += weight
        upto = amount * weighed // total
        shares.append(upto - given)
        given = upto
    return shares


def _is_reduced(billed: Sequence[Line], policy: AdjudicationPolicy) -> bool:
    """Return whether our price holds a reduction for a further procedure."""
    steps = policy.multiple_procedure_steps
    for line in billed:
        for step in line["price_steps"]:
            if step["step"] in steps:
                return True
    return False


def _says_reduced(answered: Sequence[AnsweredLine], match: LineMatch, policy: AdjudicationPolicy) -> bool:
    codes = policy.multiple_procedure_codes
    return any(not codes.isdisjoint(answered[place].carcs) for place in match.remit_lines)


def _is_disputed(
    answered: Sequence[AnsweredLine],
    claim_lines: Sequence[Line],
    matches: Sequence[LineMatch],
    unit: Sequence[int],
    policy: AdjudicationPolicy,
) -> bool:
    """Return whether the payer reduced for further procedures and no price of ours does."""
    concerned = [match for match in matches if set(match.remit_lines) & set(unit)]
    says = any(_says_reduced(answered, match, policy) for match in concerned)
    ours = any(_is_reduced([claim_lines[place] for place in match.claim_lines], policy) for match in concerned)
    return says and not ours


def _judge(
    result: list[LineVariance],
    answered: Sequence[AnsweredLine],
    unit: Sequence[int],
    shortfall_cents: int,
    *,
    disputed: bool,
) -> None:
    """Give a reason to lines that are compared together, and put the shortfall on those that fall short."""
    if all(answered[place].allowed_cents == answered[place].charge_cents for place in unit):
        return  # all that was billed is allowed
    is_short = shortfall_cents > 0
    reason = "overpaid" if not is_short else "multiple_procedure" if disputed else "underpaid"
    short = [max(0, (result[p].expected_cents or 0) - answered[p].allowed_cents) for p in unit]
    shares = _apportioned(max(0, shortfall_cents), short)
    for place, gap, share in zip(unit, short, shares, strict=True):
        line = result[place]
        concerned = gap > 0 if is_short else answered[place].allowed_cents > (line.expected_cents or 0)
        if concerned:
            result[place] = LineVariance(line.claim_line_number, line.expected_cents, reason, share or 0, compared=True)
