"""How commands speak: data to stdout (as JSON when asked), words to stderr."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

words = Console(stderr=True, highlight=False, soft_wrap=True)
"""For progress and explanations."""

data = Console(highlight=False, soft_wrap=True)
"""For results."""


def print_json(result: object) -> None:
    """Print a result as one JSON document on stdout."""
    sys.stdout.write(json.dumps(result, indent=2, default=str) + "\n")
