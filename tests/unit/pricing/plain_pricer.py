"""A second pricer, written from the published rules alone: one claim at a time, plain Python and Decimal.

It shares nothing with `processors.pricing` but the published files, and is slow and simple on purpose. It prices one
session (claim, day, provider) and leaves out anesthesia, which has cases of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tests.unit.pricing.plain_schedule import (
    Place,
    Row,
    bases,
    capped,
    cents,
    facilities,
    fee,
    provider_shares,
    schedule,
)

HALF = Decimal("0.5")
ASSISTANTS = ("80", "81", "82")
ONE_OF = (
    ("26", "TC"),
    ("54", "55", "56", "78"),
    ("52", "53"),
    ("62", "66", *ASSISTANTS),
    ("62", "66", "AS"),
    ("FX", "FY", "CT"),
)
FILM = {"FX": Decimal("0.8"), "FY": Decimal("0.9"), "CT": Decimal("0.85")}
TECHNICAL_SHARE = {"4": HALF, "6": Decimal("0.75"), "7": Decimal("0.8")}
PROFESSIONAL_SHARE = {"4": Decimal("0.95"), "6": Decimal(1), "7": Decimal(1)}
BOTH_SIDES = {"0": Decimal(1), "1": Decimal("1.5"), "2": Decimal(1), "3": Decimal(2)}
RVUS = ("work_rvu", "nonfac_pe_rvu", "fac_pe_rvu", "mp_rvu")
TECHNICAL_CODES = {
    "93000": ["93005"],
    "93015": ["93017"],
    "93040": ["93041"],
    "93224": ["93225", "93226"],
    "93241": ["93242", "93243"],
    "93245": ["93246", "93247"],
    "93268": ["93270", "93271"],
    "93784": ["93786", "93788"],
}
OTHER_SIDE = {"0": Decimal(0), "1": HALF, "2": Decimal(0)}


@dataclass
class Line:
    """A line of one session, and its amount in dollars while it is worked out; None has no price.

    Of lines of equal value one has to go first, which is nobody's rule: by code, `tie`, units and charge.
    """

    code: str
    modifiers: tuple[str, ...]
    pos: str
    units: int
    charge: Decimal
    tie: int
    amount: Decimal | None = None
    row: Row = field(default_factory=dict)
    both: bool = False


def find(line: Line, year: int) -> Row | None:
    """The row to be paid, or None where the schedule has no price for the line as it is."""
    table = schedule(year)
    asked = next((code for code in ("26", "TC", "53") if code in line.modifiers), "")
    row = table.get((line.code, asked))
    if row is None and asked in ("", "53"):
        row = table.get((line.code, ""))
    if row is None or row["status_code"] not in "ART" or line.pos not in facilities():
        return None
    return None if row["fac_na" if facilities()[line.pos] else "nonfac_na"] == "NA" else row


def impossible(line: Line, row: Row, year: int) -> bool:
    """Whether an indicator of the code does not allow a modifier, or two modifiers exclude each other."""
    has = line.modifiers.__contains__
    package = [Decimal(row[name] or 0) for name in ("pre_op_pct", "intra_op_pct", "post_op_pct")]
    technical = _is_technical(row) or _components(line.code, row, year) is not None
    reasons = (
        has("66") or has("73") or has("74") or has("GY") or has("GZ"),
        has("50") and (row["bilat_surg"] not in BOTH_SIDES or line.units != 1),
        (has("54") or has("56")) and sum(package) == 0,
        has("55") and package[2] == 0,
        has("62") and row["co_surg"] not in ("1", "2"),
        any(map(has, (*ASSISTANTS, "AS"))) and row["asst_surg"] not in ("0", "2"),
        any(map(has, FILM)) and (not technical or row["modifier"] == "26"),
        any(sum(map(has, codes)) > 1 for codes in ONE_OF),
    )
    return any(reasons)


def price_session(given: list[Line], place: Place) -> list[Decimal | None]:
    """The amount of every line."""
    year, lines = place.day.year, given
    for line in lines:
        row = find(line, year)
        if row is not None and not impossible(line, row, year):
            line.row, line.amount = row, Decimal(0)
    _bundle(priced(lines))
    for line in priced(lines):
        line.both = line.units == 2 and line.row["bilat_surg"] in ("1", "2")
        line.units = 1 if line.both else line.units
    lines = sorted(given, key=lambda line: (line.code, line.tie, -line.units, -line.charge))
    for line in priced(lines):
        line.amount = capped(fee(line.row, line.pos, place), line.row, line.pos, place) * line.units
    _pay_tests(lines, place)
    _pay_therapy([line for line in priced(lines) if line.row["mult_proc"] == "5"], place)
    _pay_sides(priced(lines))
    operations = [line for line in priced(lines) if line.row["mult_proc"] in ("2", "3")]
    _pay_families(operations, place)
    _rank([line for line in operations if line.amount is not None], year)
    for line in priced(lines):
        _pay_shares(line, place)
    return [line.amount for line in given]


def priced(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.amount is not None]


def _bundle(lines: list[Line]) -> None:
    """Status T is paid only when nothing else is."""
    if any(line.row["status_code"] != "T" for line in lines):
        for line in lines:
            line.amount = None if line.row["status_code"] == "T" else line.amount


@dataclass
class Part:
    """One unit of one component of a test."""

    line: Line
    row: Row
    technical: bool
    ranked: bool
    fee: Decimal
    share: Decimal = Decimal(1)


def _pay_tests(lines: list[Line], place: Place) -> None:
    """Imaging, cardiovascular and ophthalmologic tests, taken apart into units of components."""
    tests = [
        line for line in priced(lines) if line.row["mult_proc"] in TECHNICAL_SHARE or set(FILM) & {*line.modifiers}
    ]
    every = [part for line in tests for part in _parts(line, place)]
    changed = [line for line in tests if _is_taken_apart(line, every)]
    for line in changed:
        line.amount = None if _without_parts(line, place) else line.amount
    parts = [part for part in every if part.line.amount is not None]
    for technical in (True, False):
        for indicator in TECHNICAL_SHARE:
            among = [p for p in parts if p.ranked and p.technical == technical and p.line.row["mult_proc"] == indicator]
            among.sort(key=lambda part: -part.fee)
            for part in among[1:]:
                part.share = (TECHNICAL_SHARE if technical else PROFESSIONAL_SHARE)[indicator]
    for line in priced(changed):
        line.amount = sum((_part_amount(part, place) for part in parts if part.line is line), Decimal(0))


def _is_taken_apart(line: Line, parts: list[Part]) -> bool:
    """Whether the components of a test are paid one by one: only where one of them is reduced or ranked."""
    own = [part for part in parts if part.line is line]
    if set(FILM) & {*line.modifiers} or (line.units > 1 and own[0].ranked):
        return True
    return any(_has_company(part, parts) for part in own)


def _has_company(part: Part, parts: list[Part]) -> bool:
    """Whether there is another line with this component, where the component is ranked."""
    indicator = part.line.row["mult_proc"]
    if not part.ranked or (not part.technical and indicator != "4"):
        return False
    return any(
        other.line is not part.line
        and other.ranked
        and other.technical == part.technical
        and other.line.row["mult_proc"] == indicator
        for other in parts
    )


def _is_technical(row: Row) -> bool:
    return row["modifier"] == "TC" or row["pctc_ind"] == "3"


def _components(code: str, row: Row, year: int) -> tuple[Row, Row] | None:
    """The professional and the technical row of a whole test: of its own code, or what its technical codes leave."""
    table = schedule(year)
    if row["modifier"] != "":
        return None
    if (code, "26") in table and (code, "TC") in table:
        return table[code, "26"], table[code, "TC"]
    technical = [table.get((part, "")) for part in TECHNICAL_CODES.get(code, ())]
    if not technical or any(part is None or part["status_code"] not in "ART" for part in technical):
        return None
    sums = {name: str(sum(Decimal(part[name]) for part in technical if part)) for name in RVUS}
    left = {name: str(Decimal(row[name]) - Decimal(sums[name])) for name in RVUS}
    no_cap = dict.fromkeys(("opps_nonfac_pe", "opps_fac_pe", "opps_mp"), "0")
    return {**row, **left, **no_cap}, {**row, **sums, **no_cap}


def _without_parts(line: Line, place: Place) -> bool:
    whole = line.row["modifier"] == "" and not _is_technical(line.row)
    return whole and _components(line.code, line.row, place.day.year) is None


def _parts(line: Line, place: Place) -> list[Part]:
    both = _components(line.code, line.row, place.day.year)
    ranked = line.row["mult_proc"] in TECHNICAL_SHARE
    if line.row["mult_proc"] == "4" and {"59", "XE"} & {*line.modifiers}:
        ranked = False
    rows = [(line.row, _is_technical(line.row))]
    if both is not None:
        rows = [(both[0], False), (both[1], True)]
    elif _without_parts(line, place):
        rows = [(line.row, True), (line.row, False)]  # both are in it, and it cannot be said how much of each
    return [
        Part(line, row, technical, ranked, fee(row, line.pos, place))
        for row, technical in rows
        for _ in range(line.units)
    ]


def _part_amount(part: Part, place: Place) -> Decimal:
    amount = part.fee
    for modifier, share in FILM.items():
        if part.technical and modifier in part.line.modifiers:
            amount = cents(amount * share)
    amount = cents(amount * part.share)
    return capped(amount, part.row, part.line.pos, place) if part.technical else amount


def _pay_therapy(lines: list[Line], place: Place) -> None:
    """One unit in full, all others with half their practice expense."""

    def practice(line: Line) -> Decimal:
        return Decimal(line.row["fac_pe_rvu" if facilities()[line.pos] else "nonfac_pe_rvu"])

    full = max(lines, key=practice, default=None)
    for line in lines:
        whole = 1 if line is full else 0
        reduced = fee(line.row, line.pos, place, practice_share=HALF)
        line.amount = fee(line.row, line.pos, place) * whole + reduced * (line.units - whole)


def _pay_sides(lines: list[Line]) -> None:
    """Modifier 50, two units, or RT on one line and LT on another."""
    for line in lines:
        if "50" in line.modifiers or line.both:
            line.amount = cents((line.amount or Decimal(0)) * BOTH_SIDES[line.row["bilat_surg"]])
    for line, _ in _pairs(lines):
        line.amount = cents((line.amount or Decimal(0)) * OTHER_SIDE[line.row["bilat_surg"]])


def _pairs(lines: list[Line]) -> list[tuple[Line, Line]]:
    """The left line of each pair, and its right one."""
    found = []
    for line in lines:
        sided = [
            other
            for other in lines
            if other.row is line.row
            and len({"RT", "LT", "50"} & {*other.modifiers}) == 1
            and "50" not in other.modifiers
            and other.units == 1
            and not other.both
            and other.row["bilat_surg"] in OTHER_SIDE
        ]
        if len(sided) == 2 and line in sided and "LT" in line.modifiers:
            found += [(line, other) for other in sided if "RT" in other.modifiers]
    return found


def _family(line: Line, year: int) -> str:
    return line.row["endo_base"] or (line.code if line.code in bases(year) else "")


def _pay_families(lines: list[Line], place: Place) -> None:
    """Endoscopies: the dearest in full, the others what they add to the base, the base nothing."""
    second = [id(left) for left, _ in _pairs(lines)]
    year = place.day.year
    for base in {_family(line, year) for line in lines} - {""}:
        family = [line for line in lines if _family(line, year) == base and id(line) not in second]
        members = sorted((line for line in family if line.code != base), key=lambda line: -(line.amount or 0))
        for line in [line for line in family if line.code == base][0 if members else 1 :]:
            line.amount = Decimal(0)
        for line in members[1:]:
            row = schedule(year).get((base, ""))
            if row is None or row["status_code"] not in "ART":
                line.amount = None
            else:
                added = (line.amount or Decimal(0)) - fee(row, line.pos, place) * line.units
                line.amount = max(added, Decimal(0))


def _rank(lines: list[Line], year: int) -> None:
    """Operations by what one of them is worth: the first in full, the second to fifth half, further ones by report."""
    groups: dict[object, list[Line]] = {}
    partner = {id(left): right for left, right in _pairs(lines)}
    for line in lines:
        first = partner.get(id(line), line)
        groups.setdefault(_family(first, year) or id(first), []).append(line)

    def count(group: list[Line]) -> int:
        return group[0].units if len(group) == 1 else 1

    def worth(group: list[Line]) -> Decimal:
        return sum(((line.amount or Decimal(0)) * 100 // count(group) for line in group), Decimal(0))

    rank = 0
    for group in sorted(groups.values(), key=worth, reverse=True):
        for line in group:
            line.amount = _ranked(line, rank, count(group))
        rank += count(group)


def _ranked(line: Line, rank: int, count: int) -> Decimal | None:
    if rank + count > 5 or line.amount is None:
        return None
    if rank > 0:
        return cents(line.amount * HALF)
    first = cents(line.amount / line.units) if count > 1 else line.amount
    return first + cents((line.amount - first) * HALF)


def _pay_shares(line: Line, place: Place) -> None:
    """What the line says of itself and of who did it, in the documented order, and the charge last."""
    package = {name: Decimal(line.row[f"{name}_op_pct"] or 0) for name in ("pre", "intra", "post")}
    own_row = line.row["modifier"] == "53"
    shares = {
        "54": package["pre"] + package["intra"],
        "55": package["post"],
        "56": package["pre"],
        "78": package["intra"] or Decimal(1),
        "52": HALF,
        "53": Decimal(1) if own_row else HALF,
        "62": Decimal("0.625"),
        **dict.fromkeys(ASSISTANTS, Decimal(1) if "AS" in line.modifiers else Decimal("0.16")),
        "AS": Decimal("0.136"),
    }
    amount = line.amount or Decimal(0)
    for modifier, share in shares.items():
        if modifier in line.modifiers:
            amount = cents(amount * share)
    if "AS" not in line.modifiers:
        amount = cents(amount * provider_shares().get(place.taxonomy, Decimal(1)))
    if not place.participating:
        amount = cents(amount * Decimal("0.95"))
    line.amount = min(amount, line.charge)
