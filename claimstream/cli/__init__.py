"""The command line: claimstream NOUN or VERB; data to stdout, progress and logs to stderr.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done and problems found.
"""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError

from claimstream.cli import (
    bench,
    demo,
    doctor,
    generate,
    ingest,
    keys,
    kpi,
    models,
    price,
    reference,
    rules,
    run,
    sink,
    topics,
    up,
    wq,
    x12,
)
from claimstream.cli.exit_codes import EXIT_FAILED, EXIT_USAGE
from schemas.errors import ClaimstreamError

app = typer.Typer(
    name="claimstream",
    help="Healthcare claims as a stream: validated, priced, scored and queryable within a second.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("doctor")(doctor.doctor)
app.command("ingest")(ingest.ingest)
app.command("generate")(generate.generate_claims)
app.command("bench")(bench.bench)
app.command("demo")(demo.demo)
app.command("price")(price.price)
app.add_typer(run.app, name="run")
app.add_typer(topics.app, name="topics")
app.add_typer(sink.app, name="sink")
app.add_typer(kpi.app, name="kpi")
app.add_typer(keys.app, name="keys")
app.add_typer(wq.app, name="wq")
app.add_typer(reference.app, name="reference")
app.add_typer(rules.app, name="rules")
app.add_typer(x12.app, name="x12")
app.add_typer(models.app, name="models")
app.command("lineage")(x12.lineage)


def main() -> None:
    """Run the command line and turn every error made for people into one sentence and an exit code."""
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
