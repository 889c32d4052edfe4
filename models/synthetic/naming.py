"""First submissions get their ids, tokens and sealed identities."""

from __future__ import annotations

import polars as pl

from models.synthetic.events import EVENT_SCHEMA
from models.synthetic.identity import Identities, account_number, sealed_people
from models.synthetic.world import Index
from schemas.contracts import CLAIMS_SUBMITTED


def identified(frame: pl.DataFrame, patient: Index, names: Identities) -> pl.DataFrame:
    """Add ids, tokens and the sealed identity to first submissions.

    Args:
        frame: Columns of claims.submitted.
        patient: Position of each claim's patient.
        names: Makes ids and tokens and seals.
    """
    keys = [f"{names.tenant_id}:{names.seed}:{number}" for number in range(frame.height)]
    accounts = [account_number(names.seed, number) for number in range(frame.height)]
    who = [names.patient(number) for number in patient.tolist()]
    told = frame.select("billing_npi", "payer_sequence", "frequency_code", pl.col("service_from").cast(pl.String))
    claim_ids = [
        names.claim_id(billing, account, token, tuple(rest))
        for (billing, *rest), account, (token, _) in zip(told.iter_rows(), accounts, who, strict=True)
    ]
    phi: list[bytes | None] = [None] * frame.height
    if names.sealer is not None:
        phi = [
            names.sealed(
                {"account_number": account, **sealed_people(person, relationship)}, CLAIMS_SUBMITTED.name, claim_id
            )
            for account, (_, person), relationship, claim_id in zip(
                accounts, who, frame["patient_relationship"], claim_ids, strict=True
            )
        ]
    return frame.with_columns(
        *names.lineage(keys),
        pl.lit(names.tenant_id).alias("tenant_id"),
        pl.Series("claim_id", claim_ids),
        pl.Series("patient_control_token", [names.control(account) for account in accounts]),
        pl.Series("patient_token", [token for token, _ in who]),
        pl.Series("phi", phi, dtype=pl.Binary),
    ).select(list(EVENT_SCHEMA))
