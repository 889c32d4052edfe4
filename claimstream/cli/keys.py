"""claimstream keys init: the keyring that seals identifying data."""

from __future__ import annotations

import typer

from claimstream.console import JsonOption, data, print_json
from claimstream.local.keyring import ensure_keyring
from claimstream.settings import Settings
from schemas.phi import Keyring

app = typer.Typer(help="Create the keyring.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Keys that seal identifying data."""


@app.command()
def init(as_json: JsonOption = False) -> None:
    """Create the keyring when there is none, and check that it can be read."""
    path = Settings().keyring_path
    created = not path.exists()
    ensure_keyring(path)
    Keyring.load(path)
    if as_json:
        print_json({"path": str(path), "created": created})
        return
    data.print(f"{'Created' if created else 'Found'} the keyring {path}. Back it up: without it nothing opens.")
