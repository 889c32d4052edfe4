"""What the store holds from before a range: asked of ClickHouse only where a filter says it may be something.

Almost every claim is new, so asking for each would read the whole table with every batch. A Bloom filter a
kind of event, loaded from ClickHouse when partitions come in, answers for the new ones.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl
from clickhouse_connect.driver.client import Client

from sink.bloom import Bloom
from sink.rows import Positions
from sink.rows.provider_work import WORKED

KEYS_A_QUERY = 10_000
_SPARE = 2
# Rows of the range at hand may be there from an attempt that broke off; they are no past.
_PAST = """(tenant_id IN {tenants:Array(String)}) AND NOT (kafka_log = {log:String} AND kafka_topic = {topic:String}
  AND kafka_partition = {partition:Int32} AND kafka_offset >= {first:Int64})"""
_COUNT = "SELECT count() FROM {statements} WHERE sign = 1"
_IDS = "SELECT concat(tenant_id, '|', {{column:Identifier}}) AS key FROM {statements}"
_SEEN = f"""SELECT DISTINCT tenant_id, event_id FROM claim_event
WHERE event_type = {{kind:String}} AND event_id IN {{keys:Array(String)}} AND {_PAST}"""  # noqa: S608 - constants
_LATEST = """SELECT {columns} FROM {statements}
WHERE {subject} IN {{keys:Array(String)}} AND sign = 1 AND {past}
ORDER BY revision DESC LIMIT 1 BY tenant_id, {subject}"""
_EVENTS = "(SELECT * FROM claim_event WHERE event_type = {kind:String})"
_WORK = "(SELECT * FROM provider_work WHERE {kind:String} = 'worked')"
_PLAIN = {"output_format_arrow_low_cardinality_as_dictionary": 0, "output_format_arrow_string_as_string": 1}


class KnownEvents:
    """Answers from claim_event, for the events of the partitions this process owns.

    Args:
        client: Client on the claimstream database; not shared with other threads.
        catch_up: Called before ClickHouse is asked: all that was built before must be there by then.
    """

    def __init__(self, client: Client, catch_up: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._catch_up = catch_up
        self._filters: dict[str, Bloom] = {}

    def forget(self) -> None:
        """Load the filters anew at the next question: other processes may have written meanwhile."""
        self._filters.clear()

    def seen(self, event_type: str, events: pl.DataFrame, positions: Positions) -> pl.Series:
        """Whether each event (tenant_id, event_id) was stated before the range.

        Raises:
            DatabaseError: ClickHouse is away.
        """
        maybe = self._maybe(event_type, events.select("tenant_id", key="event_id"), "event_id")
        if not maybe.height:
            return pl.repeat(False, events.height, dtype=pl.Boolean, eager=True)
        found = pl.concat([self._ask(_SEEN, part, event_type, positions) for part in _parts(maybe)])
        pairs = events.select("tenant_id", "event_id")
        known = pairs.join(
            found.with_columns(known=pl.lit(value=True)), on=pairs.columns, how="left", maintain_order="left"
        )
        return known["known"].fill_null(value=False)

    def latest(self, event_type: str, statements: pl.DataFrame, positions: Positions) -> pl.DataFrame:
        """The statement that holds for each subject, with the columns of `statements`; none for new subjects.

        Raises:
            DatabaseError: ClickHouse is away.
        """
        subject = "lineage_id" if event_type == WORKED else "subject_id"
        subjects = statements.select("tenant_id", key=subject).unique()
        maybe = self._maybe(event_type, subjects, subject)
        if not maybe.height:
            return statements.clear()
        sql = _LATEST.format(
            columns=", ".join(statements.columns), statements=_stored(event_type), subject=subject, past=_PAST
        )
        found = pl.concat([self._ask(sql, part, event_type, positions) for part in _parts(maybe)])
        asked = found.join(maybe, left_on=["tenant_id", subject], right_on=["tenant_id", "key"], how="semi")
        return asked.cast(statements.schema).sort("tenant_id", subject)

    def _maybe(self, event_type: str, keys: pl.DataFrame, column: str) -> pl.DataFrame:
        """The keys that may be known, which all are from now on."""
        known = self._filter(event_type, column)
        joined = keys.select(pl.concat_str("tenant_id", "key", separator="|")).to_series()
        maybe = keys.filter(known.may_contain(joined))
        known.add(joined)
        return maybe

    def _filter(self, event_type: str, column: str) -> Bloom:
        known = self._filters.get(event_type)
        if known is None or known.size > known.capacity:
            known = self._filters[event_type] = self._load(event_type, column)
        return known

    def _load(self, event_type: str, column: str) -> Bloom:
        self._catch_up()
        stored = _stored(event_type)
        count = self._client.query(_COUNT.format(statements=stored), parameters={"kind": event_type}).result_rows[0][0]
        known = Bloom(int(count) * _SPARE)
        parameters = {"kind": event_type, "column": column}
        ids = _IDS.format(statements=stored)
        with self._client.query_arrow_stream(ids, parameters=parameters, settings=_PLAIN) as blocks:
            for block in blocks:
                known.add(pl.Series(block["key"].cast("string")))
        return known

    def _ask(self, sql: str, keys: pl.DataFrame, event_type: str, positions: Positions) -> pl.DataFrame:
        self._catch_up()
        parameters: Mapping[str, object] = {
            "kind": event_type,
            "keys": keys["key"].to_list(),
            "tenants": keys["tenant_id"].unique().to_list(),
            "log": positions.log_id,
            "topic": positions.topic,
            "partition": positions.partition,
            "first": positions.offsets[0],
        }
        answer = self._client.query_arrow(sql, parameters=dict(parameters), settings=_PLAIN)
        return pl.DataFrame(answer)


def _stored(event_type: str) -> str:
    return _WORK if event_type == WORKED else _EVENTS


def _parts(keys: pl.DataFrame) -> Iterator[pl.DataFrame]:
    pieces: Iterable[pl.DataFrame] = keys.iter_slices(KEYS_A_QUERY)
    yield from pieces
