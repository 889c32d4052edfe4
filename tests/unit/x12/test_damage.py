"""Damaged, cut off and foreign files: always an answer, no claim lost in silence or misdirected."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.x12.delimiters import read_delimiters
from processors.x12.tokenizer import BLOCK_BYTES, Tokenizer
from tests.unit.x12.reading import EXAMPLE, ISA, PROVIDER, claim, opened, read, subscriber, x12

BODY = [seg for n in range(4) for seg in (*subscriber(n + 2, f"ZZMEM{n}"), *claim(f"ZZACCT{n}"))]
FILE = x12(*PROVIDER, *BODY)
OWNERS = {f"ZZACCT{n}": f"ZZMEM{n}" for n in range(4)}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\t", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"name,amount\n1,2\n", "not_x12"),
        (b"%PDF-1.7 \x00\x01\x02" * 100, "not_x12"),
        (b"PK\x03\x04" + bytes(range(256)) * 50, "not_x12"),
        (b'{"claim": 1}', "not_x12"),
        (b"ISA", "bad_isa"),
        (ISA.encode()[:100], "bad_isa"),
        (b"ISA" + b"A" * 4000, "bad_isa"),
        (ISA.encode() + b"~" + b"x" * 600_000, "segment_too_long"),
    ],
)
def test_what_is_no_claim_file_gets_one_fatal_answer(raw: bytes, code: str) -> None:
    claims, problems = read(raw)
    assert claims == []
    fatal = [problem for problem in problems if problem.severity == "fatal"]
    assert [problem.code for problem in fatal] == [code]
    assert fatal[0].remedy


def test_an_unsupported_guide_is_named_with_the_number_of_claims() -> None:
    claims, [problem] = read(x12(*PROVIDER, *BODY, guide="005010X298"))
    assert claims == []
    assert (problem.code, problem.claims_affected, problem.segment_position) == ("unsupported_guide", 4, 1)


@pytest.mark.parametrize("cut", range(0, len(FILE), 13))
def test_a_file_cut_anywhere_yields_what_was_complete_and_reports_the_rest(cut: int) -> None:
    claims, problems = read(FILE[:cut])
    begun = sum(segment.strip().startswith(b"CLM*") for segment in FILE[:cut].split(b"~")[:-1])
    reported = [problem for problem in problems if problem.code == "claim_cut_off"]
    assert begun == len(claims) + len(reported)
    assert len(reported) <= 1
    assert [opened(one)["account_number"] for one in claims] == list(OWNERS)[: len(claims)]
    assert any(problem.severity != "warning" for problem in problems)


def test_a_file_without_its_last_terminator_is_whole() -> None:
    claims, problems = read(FILE.rstrip(b"\n").rstrip(b"~"))
    assert len(claims) == 4
    assert problems == []


@pytest.mark.parametrize("lost", range(len(BODY)))
def test_a_lost_or_unreadable_segment_never_moves_a_claim_to_another_patient(lost: int) -> None:
    segment = BODY[lost]
    swallowed = [*BODY[: lost - 1], BODY[lost - 1] + "X" + segment, *BODY[lost + 1 :]] if lost else BODY
    for body in (
        [*BODY[:lost], *BODY[lost + 1 :]],
        [*BODY[:lost], "Q" + segment[1:], *BODY[lost + 1 :]],
        [*BODY[:lost], segment.replace("*", "", 1), *BODY[lost + 1 :]],
        swallowed,
    ):
        claims, problems = read(x12(*PROVIDER, *body))
        for found in claims:
            sealed = opened(found)
            account = sealed["account_number"]
            owner = sealed["subscriber"].get("id")
            assert owner in (OWNERS.get(account), None), body[max(0, lost - 1) : lost + 2]
        if len(claims) < 4:
            assert any(problem.severity == "error" for problem in problems)


def _family(number: int, name: str) -> list[str]:
    """A provider with a subscriber and two dependents, each with a claim named after them."""
    provider = [f"HL*{number}**20*1", f"NM1*85*2*{name}*****XX*1999000015", "N3*1 MAIN", "N4*TAMPA*FL*33602"]
    insured = subscriber(number + 1, f"{name}MEM", relationship="")
    insured[0] = f"HL*{number + 1}*{number}*22*1"
    body = [*provider, *insured]
    for kid in (0, 1):
        body += [f"HL*{number + 2 + kid}*{number + 1}*23*0", "PAT*19", f"NM1*QC*1*{name}*KID{kid}"]
        body += ["DMG*D8*20200101*M", *claim(f"{name}{kid}")]
    return body


FAMILIES = [*_family(1, "ONE"), *_family(5, "TWO")]


@pytest.mark.parametrize("lost", range(len(FAMILIES)))
def test_damage_never_moves_a_claim_to_another_family_child_or_provider(lost: int) -> None:
    segment = FAMILIES[lost]
    for changed in ([], ["Q" + segment[1:]], [segment.replace("*", "", 1)]):
        claims, problems = read(x12(*FAMILIES[:lost], *changed, *FAMILIES[lost + 1 :]))
        for found in claims:
            sealed = opened(found)
            family, kid = sealed["account_number"][:-1], f"KID{sealed['account_number'][-1]}"
            assert sealed["billing_provider"].get("last") in (family, None)
            assert sealed["subscriber"].get("id") in (f"{family}MEM", None)
            assert sealed["patient"].get("first") == kid
        assert len(claims) == 4 or any(problem.severity == "error" for problem in problems)


def test_a_level_that_names_a_wrong_parent_is_not_trusted() -> None:
    body = ["HL*5*2*22*1" if one == "HL*6*5*22*1" else one for one in FAMILIES]
    claims, problems = read(x12(*body))
    assert [opened(one)["account_number"] for one in claims] == ["ONE0", "ONE1"]
    assert [(problem.code, problem.claim_ordinal) for problem in problems] == [("hierarchy", 3), ("hierarchy", 4)]


def test_undamaged_families_are_read_whole() -> None:
    claims, problems = read(x12(*FAMILIES))
    assert (len(claims), problems) == (4, [])


def test_the_same_claim_twice_in_a_file_makes_two_events_of_one_claim() -> None:
    claims, _ = read(FILE + FILE)
    assert len({one.event["event_id"] for one in claims}) == 8
    assert len({one.event["claim_id"] for one in claims}) == 4


@pytest.mark.parametrize(
    ("mark", "version", "repetition"),
    [("^", "00501", "^"), ("U", "00501", ""), ("{", "00401", ""), ("*", "00501", ""), (" ", "00501", "")],
)
def test_only_a_sign_of_a_recent_version_separates_repetitions(mark: str, version: str, repetition: str) -> None:
    found = read_delimiters(ISA.replace("*^*00501*", f"*{mark}*{version}*") + "~")
    if mark == "*":
        assert found is None or found.repetition == ""
    else:
        assert found is not None
        assert (found.repetition, found.component, found.segment) == (repetition, ":", "~")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(1, 400),
)
def test_random_byte_damage_is_always_answered(damage: list[tuple[int, int]], size: int) -> None:
    raw = bytearray(FILE)
    for at, value in damage:
        raw[at] = value
    chunks = [bytes(raw[at : at + size]) for at in range(0, len(raw), size)]
    claims, problems = read(chunks)
    assert len(claims) == 4 or any(problem.severity != "warning" for problem in problems)
    assert "ZZ" not in repr(problems)
    assert not any("ZZCANARY" in repr(one) for one in claims)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(FILE)), st.integers(0, 200), st.binary(max_size=40))
def test_random_cuts_and_insertions_are_always_answered(at: int, gone: int, added: bytes) -> None:
    claims, problems = read(FILE[:at] + added + FILE[at + gone :])
    assert claims or problems
    assert "ZZ" not in repr(problems)


@given(st.binary(max_size=300))
def test_random_bytes_are_always_answered(raw: bytes) -> None:
    assert read(raw)[1]
    assert read(ISA.encode() + b"~\n" + raw)[1]


def test_interchanges_with_different_delimiters_share_a_file() -> None:
    twin = FILE.translate(bytes.maketrans(b"*~:^", b"|\n>!")).replace(b"\n\n", b"\n")
    claims, problems = read(b"\xef\xbb\xbf\r\n" + FILE + b"\r\n" + twin + FILE.replace(b"~\n", b"~"))
    assert problems == []
    assert [opened(one)["account_number"] for one in claims] == list(OWNERS) * 3
    assert len({one.event["event_id"] for one in claims}) == 12
    assert [one.ordinal for one in claims] == list(range(1, 13))


def test_an_interchange_without_its_trailer_does_not_hide_the_next_one() -> None:
    claims, problems = read(FILE[: FILE.index(b"GE*")] + FILE)
    assert len(claims) == 8
    assert [problem.code for problem in problems] == ["ge_missing", "iea_missing"]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        (b"SE*", b"SE*9", "se_count"),
        (b"*0001~\nGE", b"*0002~\nGE", "se_control"),
        (b"GE*1*7", b"GE*2*7", "ge_count"),
        (b"GE*1*7", b"GE*1*8", "ge_control"),
        (b"IEA*1*", b"IEA*3*", "iea_count"),
        (b"IEA*1*000000001", b"IEA*1*000000002", "iea_control"),
        (b"GS*HC", b"XX*HC", "gs_missing"),
    ],
)
def test_a_wrong_envelope_is_a_problem_and_its_claims_are_read(right: bytes, wrong: bytes, code: str) -> None:
    claims, problems = read(FILE.replace(right, wrong, 1))
    assert len(claims) == 4
    assert code in [problem.code for problem in problems]


def test_a_letter_as_repetition_separator_separates_nothing() -> None:
    claims, problems = read(FILE.replace(b"*0930*^*00501*", b"*0930*U*00501*", 1))
    assert (len(claims), problems) == (4, [])


def test_offsets_are_those_of_the_bytes_even_with_other_alphabets() -> None:
    raw = FILE.replace(b"*ANN*", "*\u00c9LO\u00cfSE \u540d*".encode())
    for elements, start, end in Tokenizer(raw):
        assert raw[start : start + len(elements[0])].decode() == elements[0]
        assert raw[end - 1 : end] == b"~"


def test_memory_stays_flat_over_a_long_file() -> None:
    many = x12(*PROVIDER, *BODY * 1500)
    tokens = Tokenizer(many[at : at + 5000] for at in range(0, len(many), 5000))
    assert len(many) > 8 * BLOCK_BYTES
    held = 0
    offsets = []
    for _, start, _ in tokens:
        held = max(held, len(tokens._data))
        offsets.append(start)
    assert held < 2 * BLOCK_BYTES
    assert all(one < other for one, other in pairwise(offsets))


def test_the_example_survives_windows_line_ends_and_indentation() -> None:
    raw = EXAMPLE.read_bytes()
    plain = [one.event["claim_id"] for one in read(raw)[0]]
    assert [one.event["claim_id"] for one in read(raw.replace(b"\n", b"\r\n   "))[0]] == plain
    assert [one.event["claim_id"] for one in read(raw.replace(b"~\n", b"\n"))[0]] == plain


@pytest.mark.parametrize(
    "header", [b"$$ADD ID=MAILBOX BATCHID='837'\n", b"Content-Type: application/EDI-X12\r\n\r\n", b"VISA "]
)
def test_a_header_before_the_first_interchange_is_left_aside(header: bytes) -> None:
    claims, problems = read(header + FILE)
    assert [opened(one)["account_number"] for one in claims] == list(OWNERS)
    assert [problem.code for problem in problems] == ["leading_bytes"]
    assert claims[0].byte_start == len(header) + FILE.index(b"CLM*")
