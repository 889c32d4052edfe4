"""claimstream run claims | correlation | sink: one worker process in the foreground.

Each command loads its own process alone: a worker has no use for the libraries of the others, and they are large.
"""

from __future__ import annotations

from typing import Annotated

import typer

from claimstream import logs
from claimstream.forgone import forgo_unused
from claimstream.garbage import calm_garbage_collector
from claimstream.settings import Settings

app = typer.Typer(help="Run one worker in the foreground.", no_args_is_help=True)
app.callback()(forgo_unused)


@app.command()
def claims(
    slot: Annotated[int, typer.Option(min=0, help="Number of this stage; each needs one of its own.")] = 0,
) -> None:
    """Validate, price, score and route submitted claims until stopped."""
    from claimstream.stage_process import run_claims  # noqa: PLC0415 - see above

    run_claims(Settings(), slot)


@app.command()
def correlation(
    slot: Annotated[int, typer.Option(min=0, help="Number of this worker; each needs one of its own.")] = 0,
) -> None:
    """Bring claims, acknowledgements and remittances together until stopped."""
    settings = Settings()
    logs.configure(settings.log_level, f"correlation-{slot}")
    from claimstream.correlation import run_correlation  # noqa: PLC0415 - see above

    calm_garbage_collector()
    run_correlation(settings, slot)


@app.command()
def sink() -> None:
    """Write every event to ClickHouse until stopped."""
    from claimstream.sink_process import run_sink_process  # noqa: PLC0415 - see above

    run_sink_process(Settings())
