"""How fast and how small: python -m tests.unit.x12.measure [claims] reads made-up files and prints claims/s and memory.

CPU time of this process, best of three; peak resident memory of one more reading from disk, in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from processors.x12 import ParsedAck, ParsedClaim, ParsedRemit, read_file
from tests.unit.x12.reading import INTAKE, ISA, PROVIDER, subscriber
from tests.unit.x12.test_acks import STATUS_HEAD, status

LINES = 4
_PEAK = """
import sys
from pathlib import Path
from tests.unit.x12.reading import INTAKE
from processors.x12 import read_file
for result in read_file(Path(sys.argv[1]), INTAKE):
    pass
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def claims_837(count: int) -> Iterator[str]:
    """Yield the segments of a set of professional claims, four lines each."""
    yield from PROVIDER
    for number in range(count):
        yield from subscriber(number + 2, f"ZZMEM{number}")
        yield f"CLM*ZZACCT{number}*400***11:B:1*Y*A*Y*Y"
        yield "HI*ABK:E119*ABF:I10"
        yield "NM1*82*1*ZZDOC*JO****XX*1999000023"
        for line in range(1, LINES + 1):
            yield f"LX*{line}"
            yield "SV1*HC:99213:25*100*UN*1***1:2"
            yield "DTP*472*D8*20260910"
            yield f"REF*6R*L{number}{line}"


def payments_835(count: int) -> Iterator[str]:
    """Yield the segments of an 835 of claims of four lines that balances."""
    yield f"BPR*I*{count * 320}*C*ACH*CCP*01*1*DA*1*1512345678**01*1*DA*2*20260915"
    yield from ("TRN*1*TRACE77*1512345678", "N1*PR*PAYER INC", "REF*2U*CSCOM01", "N1*PE*CLINIC*XX*1999000015", "LX*1")
    for number in range(count):
        yield f"CLP*ZZACCT{number}*1*400*320**12*ICN{number}*11*1"
        yield f"NM1*QC*1*ZZCANARY*ANN****MI*ZZMEM{number}"
        yield "DTM*232*20260910"
        for line in range(1, LINES + 1):
            yield "SVC*HC:99213:25*100*80**1"
            yield "DTM*472*20260910"
            yield "CAS*CO*45*20"
            yield f"REF*6R*L{number}{line}"
            yield "AMT*B6*80"


def statuses_277(count: int) -> Iterator[str]:
    """Yield the segments of a 277CA."""
    yield from STATUS_HEAD
    for number in range(count):
        yield from status(number + 4, f"ZZACCT{number}", "A2:20", "WQ", f"REF*1K*ICN{number}", "DTP*472*D8*20260910")


KINDS = {
    "837": (claims_837, "HC", "005010X222A1", ParsedClaim),
    "835": (payments_835, "HP", "005010X221A1", ParsedRemit),
    "277": (statuses_277, "HN", "005010X214", ParsedAck),
}


def write(path: Path, kind: str, count: int) -> None:
    """Write a file of one set of this kind."""
    make, functional_id, guide, _ = KINDS[kind]
    inside = 1
    with path.open("w", encoding="ascii") as file:
        file.write(f"{ISA}~\nGS*{functional_id}*S*R*20260901*0930*7*X*{guide}~\nST*{kind}*0001*{guide}~\n")
        for segment in make(count):
            file.write(segment + "~\n")
            inside += 1
        file.write(f"SE*{inside + 1}*0001~\nGE*1*7~\nIEA*1*000000001~\n")


def measure(kind: str, count: int) -> dict[str, object]:
    """Return claims, claims/s and peak memory of one kind."""
    wanted = KINDS[kind][3]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.x12"
        write(path, kind, count)
        seconds = []
        for _ in range(3):
            started = time.process_time()
            found = sum(isinstance(result, wanted) for result in read_file(path, INTAKE))
            seconds.append(time.process_time() - started)
        peak = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True)
        return {
            "kind": kind,
            "claims": found,
            "claims_per_s": round(found / min(seconds)),
            "peak_mib": round(int(peak.stdout) / 1024, 1),
            "file_mib": round(path.stat().st_size / 2**20, 1),
        }


if __name__ == "__main__":
    for one in KINDS:
        sys.stdout.write(json.dumps(measure(one, int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)) + "\n")
