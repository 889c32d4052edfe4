"""A worker does not load libraries that it has no use for."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

_BEGIN_A_WORKER = """
from typer.testing import CliRunner
from claimstream.cli.run import app
CliRunner().invoke(app, ["sink", "--help"])
"""
_MAKE_AN_ARRAY = "import sys, numpy, polars, pyarrow; pyarrow.array(numpy.arange(3)); print('pandas' in sys.modules)"


def _loads_pandas(code: str) -> bool:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1] == "True"


@pytest.mark.skipif(find_spec("pandas") is None, reason="pandas is not installed: nobody could load it")
def test_pandas_is_loaded_with_the_first_array_but_not_in_a_worker() -> None:
    assert _loads_pandas(_MAKE_AN_ARRAY), "pyarrow has changed: claimstream/forgone.py has no use any more"
    assert not _loads_pandas(_BEGIN_A_WORKER + _MAKE_AN_ARRAY)
