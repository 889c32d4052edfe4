"""claimstream generate: publish synthetic claims."""

from __future__ import annotations

from typing import Annotated

import typer

from claimstream.console import JsonOption, data, print_json
from claimstream.settings import Settings
from claimstream.synthetic import publish_synthetic


def generate_claims(
    claims: Annotated[int, typer.Option(min=1, help="How many claims.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same claims.")] = 1,
    profile: Annotated[str, typer.Option(help="seed (strong signals) or field (weak ones).")] = "seed",
    as_json: JsonOption = False,
) -> None:
    """Publish synthetic claims: no real person, payer or provider."""
    if profile not in {"seed", "field"}:
        msg = "choose seed or field"
        raise typer.BadParameter(msg, param_hint="--profile")
    settings = Settings()
    settings.broker.check()
    published = publish_synthetic(settings, claims, seed, profile)
    if as_json:
        print_json({"claims": published, "seed": seed, "profile": profile})
    else:
        data.print(f"{published} claims published.")
