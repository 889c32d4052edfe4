"""How fast and how small: python -m tests.unit.x12.measure [claims] reads made-up files, beside pyx12 and oxedi.

Prints one JSON line a step: claims/s of CPU time of this process, best of three, every step by itself from the file on;
peak resident memory of one more reading from disk, in a process of its own. Claims have four lines; codes, charges,
names and dates vary, so that what is remembered of values does not flatter.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import oxedi
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from claimstream.intake.collector import rare_collection
from claimstream.intake.files import ingest_file
from claimstream.intake.reading import FileReader
from processors.x12 import ParsedAck, ParsedClaim, ParsedRemit
from processors.x12.compiled.batch import ClaimBatch
from processors.x12.compiled.remits.batch import RemitBatch
from processors.x12.reader import read_batches
from schemas.codec import ColumnarEncoder
from schemas.phi import Sealer, Tokenizer
from schemas.registry import CheckedInIds
from streams.file_ledger import FileProgress
from streams.intake import BatchEvents, FilePublisher
from tests.unit.x12.reading import INTAKE, ISA, KEYRING, NOW, PROVIDER
from tests.unit.x12.test_acks import STATUS_HEAD, status

LINES = 4
JUDGED_CLAIMS = 200
"""Claims that pyx12 is given: it takes milliseconds for each."""
PEAK_PROGRAM = """
import sys
from pathlib import Path
from tests.unit.x12.reading import EXAMPLE, INTAKE
from processors.x12.reader import read_batches, read_file
def kib(name):
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name)))
compiled = sys.argv[2] == "compiled"
for result in read_batches(EXAMPLE, INTAKE, 0) if compiled else read_file(EXAMPLE, INTAKE):
    pass
libraries = kib("VmRSS")
for result in read_batches(Path(sys.argv[1]), INTAKE) if compiled else read_file(Path(sys.argv[1]), INTAKE):
    pass
print(kib("VmHWM"), libraries)
"""
"""Reads a file; prints its peak memory, and what the libraries take before the file is read, in KiB."""
_NAMES = ("ZZABEL", "ZZBAKER", "ZZCHEN", "ZZDIAZ", "ZZEVANS", "ZZFOX", "ZZGARCIA", "ZZHALL", "ZZIBARRA", "ZZJONES")
_CODES = ("99213", "99214", "99203", "93000", "80053", "36415", "85025", "71046", "96372", "J1100", "20610", "97110")
_DIAGNOSES = ("E119", "I10", "E785", "M545", "J069", "Z0000", "F329", "K219", "N390", "R079")


def claims_837(count: int) -> Iterator[str]:
    """Yield the segments of a set of professional claims, four lines each, one in ten for a dependent."""
    yield from PROVIDER
    draw = random.Random(7)  # noqa: S311 - made-up claims
    level = 1
    for number in range(count):
        level += 1
        name, day = draw.choice(_NAMES), f"202609{draw.randint(1, 28):02d}"
        yield f"HL*{level}*1*22*{int(number % 10 == 0)}"
        relationship, filing = "" if number % 10 == 0 else "18", draw.choice(("CI", "BL", "HM"))
        yield f"SBR*P*{relationship}*ZZG{draw.randint(100, 999)}******{filing}"
        yield f"NM1*IL*1*{name}*{draw.choice(_NAMES)}****MI*ZZMEM{number}"
        yield f"N3*{draw.randint(1, 9999)} {name} LANE"
        yield f"N4*TAMPA*FL*{draw.randint(33601, 33699)}"
        yield f"DMG*D8*{draw.randint(1940, 2005)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}*{draw.choice('FM')}"
        yield f"NM1*PR*2*PAYER {draw.randint(1, 40)}*****PI*CSCOM{draw.randint(1, 40):02d}"
        if number % 10 == 0:
            level += 1
            yield from (f"HL*{level}*{level - 1}*23*0", "PAT*19", f"NM1*QC*1*{name}*KID", "DMG*D8*20150607*M")
        charges = [draw.randint(1000, 90000) for _ in range(LINES)]
        yield f"CLM*ZZACCT{number}*{sum(charges) / 100:.2f}***11:B:1*Y*A*Y*Y"
        yield f"HI*ABK:{draw.choice(_DIAGNOSES)}*ABF:{draw.choice(_DIAGNOSES)}"
        yield f"NM1*82*1*ZZDOC*{draw.choice(_NAMES)}****XX*1999000023"
        for line, charge in enumerate(charges, start=1):
            yield f"LX*{line}"
            code, units = draw.choice(_CODES) + draw.choice(("", ":25", ":59")), draw.randint(1, 6)
            yield f"SV1*HC:{code}*{charge / 100:.2f}*UN*{units}***{draw.choice(('1', '1:2', '2'))}"
            yield f"DTP*472*D8*{day}"
            yield f"REF*6R*L{number}{line}"


def payments_835(count: int) -> Iterator[str]:
    """Yield the segments of an 835 of claims of four lines that balances."""
    yield f"BPR*I*{count * 320}*C*ACH*CCP*01*1*DA*1*1512345678**01*1*DA*2*20260915"
    yield from ("TRN*1*TRACE77*1512345678", "N1*PR*PAYER INC", "REF*2U*CSCOM01", "N1*PE*CLINIC*XX*1999000015", "LX*1")
    draw = random.Random(7)  # noqa: S311 - made-up claims
    for number in range(count):
        yield f"CLP*ZZACCT{number}*1*400*320**12*ICN{number}*11*1"
        yield f"NM1*QC*1*{draw.choice(_NAMES)}*ANN****MI*ZZMEM{number}"
        yield f"DTM*232*202609{draw.randint(1, 28):02d}"
        for line in range(1, LINES + 1):
            yield f"SVC*HC:{draw.choice(_CODES)}:25*100*80**1"
            yield f"DTM*472*202609{draw.randint(1, 28):02d}"
            yield "CAS*CO*45*20"
            yield f"REF*6R*L{number}{line}"
            yield "AMT*B6*80"


def statuses_277(count: int) -> Iterator[str]:
    """Yield the segments of a 277CA."""
    yield from STATUS_HEAD
    for number in range(count):
        yield from status(number + 4, f"ZZACCT{number}", "A2:20", "WQ", f"REF*1K*ICN{number}", "DTP*472*D8*20260910")


KINDS: dict[str, tuple[Callable[[int], Iterator[str]], str, str]] = {
    "837": (claims_837, "HC", "005010X222A1"),
    "835": (payments_835, "HP", "005010X221A1"),
    "277": (statuses_277, "HN", "005010X214"),
}


def write(path: Path, kind: str, count: int) -> None:
    """Write a file of one set of this kind."""
    make, functional_id, guide = KINDS[kind]
    inside = 1
    with path.open("w", encoding="ascii") as file:
        third = "" if kind == "835" else f"*{guide}"
        file.write(f"{ISA}~\nGS*{functional_id}*S*R*20260901*0930*7*X*{guide}~\nST*{kind}*0001{third}~\n")
        if kind == "837":
            file.write("BHT*0019*00*1*20260901*0930*CH~\nNM1*41*2*S*****46*S~\nPER*IC*S*TE*8135550100~\n")
            file.write("NM1*40*2*R*****46*R~\n")
            inside += 4
        for segment in make(count):
            file.write(segment + "~\n")
            inside += 1
        file.write(f"SE*{inside + 1}*0001~\nGE*1*7~\nIEA*1*000000001~\n")


class _NoTokens(Tokenizer):
    """Makes no tokens: what reading and mapping cost alone."""

    def token(self, tenant_id: str, kind: str, *parts: str) -> str:
        return kind

    def patient_token(self, tenant_id: str, *parts: str) -> str:
        return "patient"

    def tokens(self, tenant_id: str, messages: Iterable[bytes]) -> list[str]:
        return ["" for _ in messages]


class _NoSealer(Sealer):
    """Seals nothing."""

    def seal(self, plaintext: bytes, tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        return plaintext

    def seal_json(self, fields: dict[str, Any], tenant_id: str, schema_name: str, claim_id: str) -> bytes:
        return b""

    def seal_all(
        self, plaintexts: Sequence[bytes], tenant_id: str, schema_name: str, claim_ids: Sequence[str]
    ) -> list[bytes]:
        return list(plaintexts)


class _InnerBroker:
    """The broker inside librdkafka, in this process: its work is measured with ours."""

    def transactional_config(self, transactional_id: str) -> dict[str, Any]:
        return {"test.mock.num.brokers": 1, "transactional.id": transactional_id, "linger.ms": 5, "acks": "all"}


class _NoLedger:
    """Knows no file."""

    def progress(self, file_hash: str) -> FileProgress:
        return FileProgress()

    def record(self, file_hash: str, progress: FileProgress, now: object) -> dict[str, bytes | str]:
        return {"value": b"{}", "key": file_hash}


class _InnerOutput:
    """Publishes as `claimstream ingest` does, to the broker inside librdkafka."""

    def of_file(self, file_hash: str) -> Any:
        return FilePublisher(_InnerBroker(), CheckedInIds(), _NoLedger(), file_hash, lambda: NOW)  # type: ignore[arg-type] # stand-ins


def read(path: Path, *, plain: bool = False) -> int:
    """Read a file; plain leaves tokens and sealing out. Return the claims found."""
    intake = replace(INTAKE, sealer=_NoSealer(KEYRING), tokenizer=_NoTokens(KEYRING)) if plain else INTAKE
    return sum(_count(one) for one in read_batches(path, intake))


def _count(result: object) -> int:
    if isinstance(result, (ClaimBatch, RemitBatch)):
        return len(result)
    return isinstance(result, (ParsedClaim, ParsedRemit, ParsedAck))


def encode(path: Path) -> int:
    """Read a file and encode its claims as Avro messages."""
    found = 0
    encoders: dict[str, ColumnarEncoder] = {}
    for one in read_batches(path, INTAKE):
        if isinstance(one, (ClaimBatch, RemitBatch)):
            events = BatchEvents(one)
            encoder = encoders.setdefault("claims", ColumnarEncoder(events.contract, CheckedInIds()))
            found += len(encoder.encode(events.frame()))
        else:
            found += _count(one)
    return found


def publish(path: Path) -> int:
    """Take a file in as `claimstream ingest` does; every event is encoded, sent and committed."""
    report = ingest_file(path, FileReader("acme", KEYRING), _InnerOutput())  # type: ignore[arg-type] # of_file is all it needs
    return report.events.total()


def with_pyx12(path: Path) -> int:
    """Validate a file with pyx12, which writes its 999."""
    text = path.read_text()
    with contextlib.redirect_stderr(io.StringIO()):
        x12n_document(params(), io.StringIO(text), io.StringIO(), None, None)
    return text.count("\nCLM*") + text.count("\nCLP*")


def with_oxedi(path: Path) -> int:
    """Read a file with oxedi: tables, diagnostics and balances."""
    return int(oxedi.parse_file(str(path)).count_claims())


def measure(name: str, kind: str, path: Path, run: Callable[[Path], int]) -> None:
    """Print what one step costs."""
    seconds, found = [], 0
    for _ in range(3):
        with rare_collection():
            started = time.process_time()
            found = run(path)
            seconds.append(time.process_time() - started)
    line = {"file": kind, "step": name, "claims": found, "claims_per_s": round(found / min(seconds))}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def peak_kib(path: Path, way: str) -> tuple[int, int]:
    """Return the peak memory of one reading in a process of its own, and what its libraries take of it.

    Args:
        path: The file.
        way: compiled, or segments.
    """
    command = [sys.executable, "-c", PEAK_PROGRAM, str(path), way]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    peak, libraries = map(int, done.stdout.split())
    return peak, libraries


def peak(kind: str, path: Path) -> None:
    """Print the peak memory of both ways of reading."""
    for way in ("segments", "compiled"):
        found, libraries = peak_kib(path, way)
        line = {
            "file": kind,
            "way": way,
            "peak_mib": round(found / 1024, 1),
            "libraries_mib": round(libraries / 1024, 1),
            "file_mib": round(path.stat().st_size / 2**20, 1),
        }
        sys.stdout.write(json.dumps(line) + "\n")


def main(count: int) -> None:
    """Measure every kind of file."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path, small = Path(folder) / f"{kind}.x12", Path(folder) / f"{kind}-small.x12"
            write(path, kind, count)
            write(small, kind, JUDGED_CLAIMS)
            measure("read and map", kind, path, lambda path: read(path, plain=True))
            measure("and make tokens, seal", kind, path, read)
            if kind == "837":
                measure("and encode as Avro", kind, path, encode)
            measure("and encode, publish, commit", kind, path, publish)
            if kind != "277":
                measure("pyx12: validate", kind, small, with_pyx12)
            if kind == "835":
                measure("oxedi: read with balances", kind, path, with_oxedi)
            peak(kind, path)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
