"""Row 5: a process killed while it writes leaves a store of one position, never a mixture."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from streams.state.rocks import RocksStore
from tests.integration.store_writer import KEYS, value_of

KILLS = 8


def test_row_05_after_a_kill_all_values_are_those_of_the_stored_position(tmp_path: Path) -> None:
    positions = [0]
    for kill in range(KILLS):
        command = [sys.executable, "-m", "tests.integration.store_writer", str(tmp_path / "0")]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert writer.stdout is not None
        assert writer.stdout.read(1) == b"."
        time.sleep(0.03 * kill)
        writer.kill()
        writer.wait()
        store = RocksStore(tmp_path / "0")
        assert not store.was_damaged
        found = dict(store.items())
        positions.append(store.position.next_offset if store.position else 0)
        assert set(found.values()) == ({value_of(positions[-1])} if positions[-1] else set())
        assert len(found) in (KEYS, 0)
        store.close()
    assert positions == sorted(positions), "a store went back"
    assert positions[-1] > 0, "nothing was ever flushed"
