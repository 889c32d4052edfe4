"""claimstream generate: publish synthetic claims."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from claimstream.console import JsonOption, data, print_json
from claimstream.settings import Settings
from claimstream.synthetic import publish_synthetic


def generate_claims(
    claims: Annotated[int, typer.Option(min=1, help="How many claims.")] = 1_000,
    seed: Annotated[
        int | None,
        typer.Option(help="The same seed gives the same claims, event ids included; a new one if not given."),
    ] = None,
    profile: Annotated[str, typer.Option(help="seed (strong signals) or field (weak ones).")] = "seed",
    as_json: JsonOption = False,
) -> None:
    """Publish synthetic claims: no real person, payer or provider."""
    if profile not in {"seed", "field"}:
        msg = "choose seed or field"
        raise typer.BadParameter(msg, param_hint="--profile")
    settings = Settings()
    settings.broker.check()
    chosen = secrets.randbelow(2**31) if seed is None else seed
    published = publish_synthetic(settings, claims, chosen, profile)
    if as_json:
        print_json({"claims": published, "seed": chosen, "profile": profile})
    else:
        data.print(f"{published} claims published, seed {chosen}.")
