"""The command line: claimstream NOUN or VERB; data to stdout, progress and logs to stderr.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done and problems found. A process loads the one command it was started
for: a worker does not wait for the synthetic claims of the bench.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from functools import cache

import typer
from pydantic import ValidationError

from claimstream.cli.exit_codes import EXIT_FAILED, EXIT_USAGE
from schemas.errors import ClaimstreamError

_COMMANDS = {
    "up": "up.up",
    "doctor": "doctor.doctor",
    "ingest": "ingest.ingest",
    "generate": "generate.generate_claims",
    "bench": "bench.bench",
    "demo": "demo.demo",
    "price": "price.price",
    "run": "run.app",
    "topics": "topics.app",
    "sink": "sink.app",
    "kpi": "kpi.app",
    "keys": "keys.app",
    "wq": "wq.app",
    "reference": "reference.app",
    "rules": "rules.app",
    "x12": "x12.app",
    "models": "models.app",
    "lineage": "x12.lineage",
}
"""Where each command is, in the order of the help: a function, or a group of commands."""


def _with(names: Iterable[str]) -> typer.Typer:
    """Return the command line with these commands."""
    made = typer.Typer(
        name="claimstream",
        help="Healthcare claims as a stream: validated, priced, scored and queryable within a second.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    made.callback()(lambda: None)  # with one command it is still a group
    for name in names:
        module, _, attribute = _COMMANDS[name].partition(".")
        found = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        if isinstance(found, typer.Typer):
            made.add_typer(found, name=name)
        else:
            made.command(name)(found)
    return made


@cache
def whole() -> typer.Typer:
    """Return the command line with every command."""
    return _with(_COMMANDS)


def __getattr__(name: str) -> typer.Typer:
    """Make `app`, the command line with every command, when somebody asks for it."""
    if name == "app":
        return whole()
    raise AttributeError(name)


def main() -> None:
    """Run the command line and turn every error made for people into one sentence and an exit code."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    app = _with([asked]) if asked in _COMMANDS else whole()
    try:
        app()
    except ClaimstreamError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_FAILED)
    except ValidationError as error:
        names = ", ".join(str(part).upper() for issue in error.errors() for part in issue["loc"][:1])
        sys.stderr.write(f"These settings are not valid: {names}. Compare them with .env.example.\n")
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(EXIT_FAILED)
