"""Proves that nothing was lost or counted twice: topics against tables, rollups against events, 837 against 835."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from clickhouse_connect.driver.client import Client

from sink.differences import differing_rows, rollups

STORED_IN: Mapping[str, tuple[str, ...]] = {
    "claims.scored": ("claim_scores",),
    "claims.dead-letter": ("dead_letters",),
    "claims.lineage": ("claim_event",),
    "claims.adjudicated": ("adjudication",),
    "remits.received": ("payments",),
    "acks.received": ("ack_999", "ack_277ca"),
    "alerts": ("alerts",),
    "workqueue.actions": ("workqueue_events",),
}
"""The tables that hold every event of a contract, by its event_id."""

_PLAIN = {"output_format_arrow_low_cardinality_as_dictionary": 0, "output_format_arrow_string_as_string": 1}
_REPEATED = """SELECT event_type, count() - uniqExact(tenant_id, subject_id, revision, sign) AS repeated,
    countIf(net NOT IN (0, 1)) AS unbalanced
FROM (
    SELECT event_type, tenant_id, subject_id, revision, sign,
        sum(sign) OVER (PARTITION BY event_type, tenant_id, subject_id) AS net
    FROM claim_event
) GROUP BY event_type ORDER BY event_type"""
_LINEAGES = """SELECT
    (SELECT (count(), sum(charge_cents), sum(net_paid_cents)) FROM claim_lineage FINAL WHERE NOT voided) AS stated,
    (SELECT (sum(claims_delta), sum(charge_cents_delta), sum(paid_cents_delta))
     FROM claim_event WHERE event_type = 'lineage') AS summed"""
_CLAIMS_BY_PAYER = """SELECT ifNull(payer_id, '') AS payer, uniqExact(tenant_id, lineage_id) AS sent,
    uniqExactIf(tenant_id, lineage_id, (tenant_id, lineage_id) IN (
        SELECT tenant_id, lineage_id FROM claim_lineage
    )) AS known
FROM claims_header FINAL GROUP BY payer ORDER BY payer"""
_PAYMENTS_BY_PAYER = """SELECT ifNull(payer_id, '') AS payer, count() AS received, sum(charge_cents) AS charge,
    countIf((tenant_id, event_id) IN (SELECT tenant_id, subject_id FROM adjudication_current)) AS known
FROM payments FINAL WHERE kind = 'claim' GROUP BY payer ORDER BY payer"""


@dataclass(frozen=True)
class Check:
    """One comparison.

    Attributes:
        kind: topics, rollups, statements, lineages or volumes.
        what: What is compared.
        left: Figure of the source.
        right: Figure of what was made of it.
        drift: Rows or events that are missing, doubled or different; 0 when all is well.
    """

    kind: str
    what: str
    left: int
    right: int
    drift: int


def reconcile(client: Client, events: Iterable[tuple[str, str, pl.Series]] = ()) -> Iterator[Check]:
    """Compare everything that can be compared.

    Args:
        client: Client on the claimstream database.
        events: For each topic its name, its contract, and the event ids it holds up to what is stored.

    Yields:
        The comparisons; whoever finds one with drift has found an error.

    Raises:
        DatabaseError: ClickHouse is away.
    """
    for topic, contract, ids in events:
        yield _topic(client, topic, contract, ids)
    yield from _rollups(client)
    yield from _statements(client)
    yield from _lineages(client)
    yield from _volumes(client)


def _topic(client: Client, topic: str, contract: str, ids: pl.Series) -> Check:
    sent = ids.unique()
    stored = pl.concat([pl.Series("event_id", [], dtype=pl.String), *(_ids(client, t) for t in STORED_IN[contract])])
    missing = sent.filter(~sent.is_in(stored.unique().implode())).len()
    return Check("topics", topic, sent.len(), sent.len() - missing, missing)


def _ids(client: Client, table: str) -> pl.Series:
    answer = client.query_arrow(f"SELECT DISTINCT event_id FROM {table}", settings=_PLAIN)  # noqa: S608 - own names
    return pl.Series("event_id", answer["event_id"], dtype=pl.String)


def _rollups(client: Client) -> Iterator[Check]:
    for rollup in rollups(client, str(client.database)):
        rows = int(client.query(f"SELECT count() FROM {rollup.table}").result_rows[0][0])  # noqa: S608 - own names
        drift = differing_rows(client, rollup, [rollup.table], [f"({query})" for query in rollup.queries.values()])
        yield Check("rollups", f"{rollup.table} against claim_event", rows, rows, drift)


def _statements(client: Client) -> Iterator[Check]:
    for event_type, repeated, unbalanced in client.query(_REPEATED).result_rows:
        yield Check("statements", f"{event_type}: stated once, taken back once", 0, 0, int(repeated) + int(unbalanced))


def _lineages(client: Client) -> Iterator[Check]:
    stated, summed = client.query(_LINEAGES).result_rows[0]
    for name, left, right in zip(("lineages", "charge_cents", "paid_cents"), stated, summed, strict=True):
        yield Check(
            "lineages", f"claim_lineage against claim_event: {name}", int(left), int(right), abs(int(left) - int(right))
        )


def _volumes(client: Client) -> Iterator[Check]:
    """837 against 835 by payer: what was sent and received, and what correlation made of it.

    An installation without correlation has nothing to compare.
    """
    if not client.query("SELECT count() FROM claim_lineage").result_rows[0][0]:
        return
    for payer, sent, known in client.query(_CLAIMS_BY_PAYER).result_rows:
        yield Check("volumes", f"837 of payer {payer or '(none)'}: lineages", int(sent), int(known), int(sent - known))
    for payer, received, charge, known in client.query(_PAYMENTS_BY_PAYER).result_rows:
        what = f"835 of payer {payer or '(none)'}: claim payments over {int(charge)} cents of charges"
        yield Check("volumes", what, int(received), int(known), int(received - known))
