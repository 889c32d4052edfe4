"""Files as senders really write them: odd but legal, of other versions, or with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.x12.reading import ISA, PROVIDER, claim, claim_payment, envelope, payment, subscriber, x12

SOUND = x12(*PROVIDER, *subscriber(2), *claim())
REMIT = payment("80", "LX*1", *claim_payment())


def _marks(raw: bytes, element: bytes, component: bytes, terminator: bytes) -> bytes:
    """Return a file with other separators."""
    return raw.replace(b"~\n", terminator).replace(b"*", element).replace(b":", component)


def _lines(number: int) -> list[str]:
    found = []
    for line in range(1, number + 1):
        found += [f"LX*{line}", "SV1*HC:99213*1*UN*1***1", "DTP*472*D8*20260910"]
    return found


def _other_payer(order: str, paid: str) -> list[str]:
    return [f"SBR*{order}*18*ZZG{order}******CI", f"AMT*D*{paid}", "OI***Y***Y", "NM1*IL*1*ZZCANARY*ANN****MI*ZZO1",
        f"NM1*PR*2*OTHER {order}*****PI*CSOTH{order}"]  # fmt: skip


def _cob() -> bytes:
    body = claim(charge="100")
    lines = body.index("LX*1")
    return x12(*PROVIDER, *subscriber(2), *body[:lines], *_other_payer("S", "20"), *_other_payer("T", "5"),
        *_other_payer("A", "1"), *body[lines:], "SVD*CSOTHS*20*HC:99213**1", "CAS*CO*45*80",
        "DTP*573*D8*20260915")  # fmt: skip


def _dental() -> bytes:
    body = ["CLM*ZZD1*150***11:B:1*Y*A*Y*Y", "DTP*472*D8*20260910", "LX*1", "SV3*AD:D2392*150****1", "TOO*JP*3*M:O"]
    return x12(*PROVIDER, *subscriber(2), *body, guide="005010X224A2")


def _plb_only() -> bytes:
    return payment("0", "PLB*1999000015*20261231*WO:ZZR1*30*FB:ZZR2*-20*L6:ZZR3*-10").replace(b"BPR*I*0", b"BPR*H*0")


def _negative() -> bytes:
    reversal = ["CLP*ZZACCT1*22*-100*-80**12*ICN1*11*1", "NM1*QC*1*ZZCANARY", "SVC*HC:99213*-100*-80**1",
        "DTM*472*20260910", "CAS*CO*45*-20"]  # fmt: skip
    return payment("0", "LX*1", *reversal, *claim_payment())


def _two_interchanges() -> bytes:
    return SOUND + SOUND.replace(b"000000001", b"000000002")


def _encounter() -> bytes:
    return SOUND.replace(b"0930*CH~", b"0930*RP~")


def _institutional() -> bytes:
    body = ["CLM*ZZI1*300***13:A:1**A*Y*Y", "DTP*434*RD8*20260901-20260903", "DTP*435*DT*202609010930", "CL1*1*7*01",
        "HI*ABK:A419:::::::Y", "HI*BH:11:D8:20260901", "HI*BE:A2:::15.31", "LX*1", "SV2*0300*HC:85025*300*UN*1",
        "DTP*472*D8*20260901"]  # fmt: skip
    return x12(*PROVIDER, *subscriber(2), *body, guide="005010X223A3")


Found = tuple[int, int, int, bool | None, set[str]]
"""Claims, claim payments, verdicts, balanced, codes of errors."""

ODD_FILES: dict[str, tuple[Callable[[], bytes], Found]] = {
    "other separators": (lambda: _marks(SOUND, b"|", b">", b"!"), (1, 0, 0, None, set())),
    "line feed ends segments": (lambda: _marks(SOUND, b"*", b":", b"\n"), (1, 0, 0, None, set())),
    "CR and LF behind terminators": (lambda: SOUND.replace(b"\n", b"\r\n"), (1, 0, 0, None, set())),
    "blank lines and byte-order mark first": (lambda: b"\xef\xbb\xbf\r\n\r\n" + SOUND, (1, 0, 0, None, set())),
    "indented lines": (lambda: SOUND.replace(b"\n", b"\n    "), (1, 0, 0, None, set())),
    "ISA with wrong padding": (
        lambda: SOUND.replace(b"SENDER         ", b"SENDER").replace(b"RECEIVER       ", b"RECEIVER"),
        (1, 0, 0, None, set()),
    ),
    "two interchanges": (_two_interchanges, (2, 0, 0, None, set())),
    "no IEA": (lambda: SOUND[: SOUND.index(b"IEA")], (1, 0, 0, None, {"iea_missing"})),
    "no errata in the version": (lambda: SOUND.replace(b"X222A1", b"X222"), (1, 0, 0, None, set())),
    "errata A2": (lambda: SOUND.replace(b"X222A1", b"X222A2"), (1, 0, 0, None, set())),
    "errata not known yet": (lambda: SOUND.replace(b"X222A1", b"X222A3"), (1, 0, 0, None, set())),
    "4010 claims": (
        lambda: SOUND.replace(b"005010X222A1", b"004010X098A1").replace(b"*^*00501", b"*U*00401"),
        (1, 0, 0, None, set()),
    ),
    "eligibility question": (
        lambda: envelope("270", "005010X279A1", "HS", "BHT*0022*13*1*20260901*0930", "HL*1**20*1", in_set=True),
        (0, 0, 0, None, {"unsupported_set"}),
    ),
    "status answer": (
        lambda: envelope("277", "005010X212", "HN", "BHT*0010*08*1*20260901*0930*DG", in_set=True),
        (0, 0, 0, None, {"unsupported_guide"}),
    ),
    "predetermination guide": (lambda: SOUND.replace(b"X222A1", b"X291"), (0, 0, 0, None, {"unsupported_guide"})),
    "Windows-1252 in a name": (lambda: SOUND.replace(b"ANN", b"Jos\xe9 \x96 N"), (1, 0, 0, None, set())),
    "UTF-8 in a name": (lambda: SOUND.replace(b"ANN", "José".encode()), (1, 0, 0, None, set())),
    "blanks in a name": (lambda: SOUND.replace(b"ZZCANARY*ANN", b" ZZ CANARY * ANN "), (1, 0, 0, None, set())),
    "99 lines": (lambda: x12(*PROVIDER, *subscriber(2), *claim()[:2], *_lines(99)), (1, 0, 0, None, set())),
    "encounter": (_encounter, (1, 0, 0, None, set())),
    "dental with teeth": (_dental, (1, 0, 0, None, set())),
    "three other payers": (_cob, (1, 0, 0, None, set())),
    "institutional stay": (_institutional, (1, 0, 0, None, set())),
    "provider adjustments alone": (_plb_only, (0, 0, 0, True, set())),
    "recoupment out of a payment": (
        lambda: payment("50", "LX*1", *claim_payment(), "PLB*1999000015*20261231*WO:ZZR1*30"),
        (0, 1, 0, True, set()),
    ),
    "reversal and correction": (_negative, (0, 2, 0, True, set())),
    "separators at the end of segments": (
        lambda: SOUND[: SOUND.index(b"GS*")] + SOUND[SOUND.index(b"GS*") :].replace(b"~\n", b"**~\n"),
        (1, 0, 0, None, set()),
    ),
    "repeated elements": (
        lambda: SOUND.replace(b"DMG*D8*19800229*F", b"DMG*D8*19800229*F**RET:2106-3^RET:2054-5"),
        (1, 0, 0, None, set()),
    ),
    "lower-case segment ids": (lambda: SOUND.replace(b"\nDTP*", b"\ndtp*"), (1, 0, 0, None, set())),
    "a name that begins with ISA": (lambda: SOUND.replace(b"ZZCANARY", b"ISAACS"), (1, 0, 0, None, set())),
    "a terminator in a name before ISA": (
        lambda: SOUND.replace(b"ZZCANARY*ANN", b"ZZ~ISAACS*ANN"),
        (1, 0, 0, None, {"se_count"}),
    ),
    "nothing behind the envelope": (
        (ISA + "~GS*HC*S*R*20260901*0930*7*X*005010X222A1~GE*0*7~IEA*1*000000001~").encode,
        (0, 0, 0, None, set()),
    ),
}

WARNINGS = {
    "ISA with wrong padding": {"isa_width"},
    "4010 claims": {"old_version"},
    "lower-case segment ids": {"unknown_segment"},
    "a terminator in a name before ISA": {"unknown_segment"},
}
"""Codes of warnings; the others are read without any."""
