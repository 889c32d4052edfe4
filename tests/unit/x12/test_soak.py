"""A file of 20,000 varied claims: every one is found, and memory stays small however long the file is."""

from pathlib import Path

import pytest

from processors.x12.compiled.batch import ClaimBatch
from processors.x12.reader import read_batches
from tests.unit.x12.measure import peak_kib, write
from tests.unit.x12.reading import INTAKE

CLAIMS = 20_000
MAX_RSS_KIB = 64 * 1024
MOST_BLOCKS_KIB = 24 * 1024


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soak") / "claims.837"
    write(path, "837", CLAIMS)
    return path


def test_every_claim_of_a_long_file_is_found_in_order(file: Path) -> None:
    found = list(read_batches(file, INTAKE))
    batches = [one for one in found if isinstance(one, ClaimBatch)]
    names = [type(one).__name__ for one in found if not isinstance(one, ClaimBatch)]
    in_batches = sum(map(len, batches))
    assert in_batches + names.count("ParsedClaim") == CLAIMS
    assert in_batches > 0.99 * CLAIMS
    assert set(names) == {"ParsedClaim", "TransactionSeen", "GroupSeen", "InterchangeSeen"}
    ordinals = [batch.ordinal + at for batch in batches for at in range(len(batch))]
    assert ordinals == sorted(set(ordinals))


def test_a_long_file_is_read_in_less_than_64_mib(file: Path) -> None:
    found, _ = peak_kib(file, "segments")
    assert found < MAX_RSS_KIB


def test_compiled_code_takes_little_memory_beside_its_libraries(file: Path) -> None:
    found, libraries = peak_kib(file, "compiled")
    assert found - libraries < MOST_BLOCKS_KIB
