"""Taking files in with small memory: the same events, without the libraries that take most of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from claimstream.intake.file_outputs import JsonlOutput
from claimstream.intake.files import ingest_file
from claimstream.intake.folders import files_of
from claimstream.intake.reading import FileReader
from claimstream.local.keyring import ensure_keyring
from schemas.phi import Keyring
from tests.unit.intake.test_file_outputs import ids_of_lines
from tests.x12_folder import a_folder

MOST_KIB = 96 * 1024
"""Some 62 MiB are taken; polars or numba alone would be more than the rest of this."""
PROGRAM = """
import sys
from pathlib import Path
from claimstream.cli import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), file=sys.stderr)
    print(sorted({"numba", "polars", "pyarrow", "numpy"} & set(sys.modules)), file=sys.stderr)
"""


def test_small_memory_publishes_the_same_events_without_compiled_code(tmp_path: Path) -> None:
    folder, keyring = a_folder(tmp_path / "in"), tmp_path / "home" / "keyring.json"
    ensure_keyring(keyring)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "ingest", str(folder), "--out", "jsonl", "--to",
         str(tmp_path / "small" / "out.jsonl"), "--memory", "small", "--json"],
        check=False, capture_output=True, text=True, timeout=300, cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "CLAIMSTREAM_HOME": str(keyring.parent),
             "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    *_, peak_kib, loaded = done.stderr.splitlines()
    assert (done.returncode, loaded) == (0, "[]"), done.stderr
    assert int(peak_kib) < MOST_KIB
    with JsonlOutput(tmp_path / "fast" / "out.jsonl") as output:
        for file in files_of([folder]):
            ingest_file(file, FileReader("demo", Keyring.load(keyring)), output)
    assert ids_of_lines(tmp_path / "small") == ids_of_lines(tmp_path / "fast")
