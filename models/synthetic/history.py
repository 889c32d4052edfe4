"""Denial rates as they were known at any instant: from first decisions, in the order their remittances came in."""

from __future__ import annotations

import polars as pl

from reference import starter

PSEUDO_CLAIMS = 30.0
"""Weight of the overall rate that a rate is shrunk to."""

_CATEGORY_LENGTH = 3


def known_rates(claims: pl.DataFrame, journey: pl.DataFrame) -> pl.DataFrame:
    """Return every rate with the instant from which it was known.

    A rate changes when the remittance of a first decision is received, never on the service date, so that a claim
    that looks up the latest rate before its submission sees nothing that came after.

    Args:
        claims: First submissions (claims.submitted).
        journey: Their decisions, as in Aftermath.

    Returns:
        tenant_id, scope, key, rate (shrunk to the overall rate of that instant), weight (decisions behind it) and
        as_of (UTC), ordered by as_of.
    """
    told = claims.select(
        "event_id",
        "tenant_id",
        payer="payer_id",
        provider="billing_npi",
        diagnosis=pl.col("diagnosis_codes").list.first().str.slice(0, _CATEGORY_LENGTH),
        codes=pl.col("lines").list.eval(pl.element().struct.field("procedure_code")).list.unique(),
    )
    first = journey.filter("first").select("event_id", "received_at", denied=pl.col("outcome") != "paid")
    decided = told.join(first, on="event_id", how="inner").sort("received_at", "event_id")
    decided = decided.with_columns(overall=_running(pl.col("denied").cum_sum(), pl.int_range(1, pl.len() + 1)))
    by_code = decided.explode("codes").rename({"codes": "procedure"}).filter(pl.col("procedure").is_not_null())
    family = starter.procedure_families().select(procedure="hcpcs", family="family")
    by_family = by_code.join(family, on="procedure", how="inner", maintain_order="left").unique(
        ["event_id", "family"], keep="first", maintain_order=True
    )
    scopes = [
        *(_scope(decided, name, (name,)) for name in ("payer", "provider", "diagnosis")),
        _scope(decided, "payer_provider", ("payer", "provider")),
        _scope(by_code, "procedure", ("procedure",)),
        _scope(by_code, "payer_procedure", ("payer", "procedure")),
        _scope(by_code, "provider_procedure", ("provider", "procedure")),
        _scope(by_family, "payer_procedure_family", ("payer", "family")),
    ]
    return pl.concat(scopes).sort("as_of", "scope", "key")


def _running(denied: pl.Expr, count: pl.Expr) -> pl.Expr:
    return denied / count


def _scope(decided: pl.DataFrame, scope: str, parts: tuple[str, ...]) -> pl.DataFrame:
    keyed = decided.drop_nulls(parts).with_columns(key=pl.concat_str(parts, separator="|"))
    group = ["tenant_id", "key"]
    weight = pl.int_range(1, pl.len() + 1).over(group).cast(pl.Float64)
    denied = pl.col("denied").cum_sum().over(group)
    rates = keyed.select(
        "tenant_id",
        scope=pl.lit(scope),
        key="key",
        rate=(denied + PSEUDO_CLAIMS * pl.col("overall")) / (weight + PSEUDO_CLAIMS),
        weight=weight,
        as_of="received_at",
    )
    # Of remittances that came in at one instant only the last state was ever known.
    return rates.unique(["tenant_id", "key", "as_of"], keep="last", maintain_order=True)
