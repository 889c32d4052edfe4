"""Numbered, checksummed migrations of the ClickHouse schema."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.errors import ClaimstreamError
from sink.ledger import open_ranges

DATABASE = "claimstream"
FOLDER = Path(__file__).parent / "migrations"
STOP_THE_SINK = "Stop the sink before:"
"""Words at the head of a migration that must not come between the begin and the end of a range, with the reason."""
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_REPEATABLE = re.compile(
    r"(--.*\n)*(CREATE (TABLE|MATERIALIZED VIEW|VIEW) IF NOT EXISTS|DROP VIEW IF EXISTS|ALTER TABLE) "
)
_ONCE_ONLY = re.compile(r"\b(ADD|DROP COLUMN|RENAME|UPDATE|DELETE|MATERIALIZE|MODIFY COLUMN) ")
_STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)
_BOOK = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version UInt32 COMMENT 'Number of the migration',
    name String COMMENT 'Name of the migration',
    checksum String COMMENT 'SHA-256 (hex) of the file as it was applied',
    statements UInt32 COMMENT 'Statements that have been run',
    complete Bool COMMENT 'Whether all statements have been run',
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'When the row was written'
)
ENGINE = ReplacingMergeTree(statements)
ORDER BY version
COMMENT 'Grain: one row for each migration.'
"""


class MigrationError(ClaimstreamError):
    """The schema in the database and the migration files do not fit together."""


@dataclass(frozen=True)
class Migration:
    """One migration file.

    Attributes:
        version: Number, from the file name.
        name: Rest of the file name.
        sql: Whole text.
    """

    version: int
    name: str
    sql: str

    @property
    def full_name(self) -> str:
        """Number and name, as its file is called."""
        return f"{self.version:04d}_{self.name}"

    @property
    def checksum(self) -> str:
        """SHA-256 (hex) of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def wants_no_open_range(self) -> bool:
        """Whether its head says that the sink must be stopped, all its ranges stored."""
        head = takewhile(lambda line: line.startswith("--"), self.sql.splitlines())
        return any(STOP_THE_SINK in line for line in head)

    @property
    def statements(self) -> list[str]:
        """The statements, which end with a semicolon at the end of a line."""
        parts = (part.strip() for part in _STATEMENT_END.split(self.sql))
        return [part for part in parts if part]


@dataclass(frozen=True)
class MigrationStatus:
    """Where one migration stands.

    Attributes:
        version: Number.
        name: Name.
        state: applied, partial or pending.
        checksum: SHA-256 (hex) of its file, which an applied one must keep.
    """

    version: int
    name: str
    state: str
    checksum: str


def load(folder: Path = FOLDER) -> list[Migration]:
    """Read the migration files, in order.

    Raises:
        MigrationError: A file is badly named or the numbers are not 1, 2, 3, ...
    """
    migrations = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            message = f"The migration file {path.name} is badly named."
            raise MigrationError(message, "Name it NNNN_what_it_does.sql.")
        migrations.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    if [m.version for m in migrations] != list(range(1, len(migrations) + 1)):
        message = "The migration files are not numbered 1, 2, 3, ... without gaps."
        raise MigrationError(message, "Rename the newest file.")
    return migrations


def migrate(
    client: Client,
    database: str = DATABASE,
    migrations: Sequence[Migration] | None = None,
    *,
    despite_open_ranges: bool = False,
) -> list[str]:
    """Bring the schema up to date; does nothing when it is.

    A migration that broke off is continued at the statement that failed. Afterwards the client's current
    database is `database`.

    Args:
        client: Client with the right to create databases and tables.
        database: Database to make and fill.
        migrations: What to apply; None for the files shipped with claimstream.
        despite_open_ranges: Go on where ranges of the sink are open: their topics are gone, so that nobody will
            finish them.

    Returns:
        Names of the migrations that were applied now.

    Raises:
        MigrationError: An applied migration was changed, the database is newer than this program, or a range of
            the sink is open that must be stored first.
    """
    client.command(f"CREATE DATABASE IF NOT EXISTS `{database}` ENGINE = Atomic", use_database=False)
    client.database = database
    client.command(_BOOK)
    wanted = load() if migrations is None else migrations
    done = _applied(client)
    _check(wanted, done)
    pending = [m for m in wanted if _state(done.get(m.version)) != "applied"]
    # Before all of them: the version that began a range still finds the schema it knows. The ledger is made by 0001.
    if not despite_open_ranges and _state(done.get(1)) == "applied":
        _refuse_open_ranges(client, pending)
    for migration in pending:
        _apply(client, migration, done.get(migration.version))
    return [migration.full_name for migration in pending]


def status(
    client: Client, database: str = DATABASE, migrations: Sequence[Migration] | None = None
) -> list[MigrationStatus]:
    """Tell where each migration stands, without changing anything.

    Raises:
        MigrationError: As `migrate`.
    """
    client.database = database
    known = client.command(
        "SELECT count() FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
        parameters={"database": database},
        use_database=False,
    )
    done = _applied(client) if known else {}
    wanted = load() if migrations is None else migrations
    _check(wanted, done)
    return [MigrationStatus(m.version, m.name, _state(done.get(m.version)), m.checksum) for m in wanted]


@dataclass(frozen=True)
class _Applied:
    checksum: str
    statements: int
    complete: bool


def _state(applied: _Applied | None) -> str:
    if applied is None:
        return "pending"
    return "applied" if applied.complete else "partial"


def _applied(client: Client) -> dict[int, _Applied]:
    rows = client.query("SELECT version, checksum, statements, complete FROM schema_migrations FINAL").result_rows
    return {int(row[0]): _Applied(str(row[1]), int(row[2]), bool(row[3])) for row in rows}


def _check(wanted: Sequence[Migration], done: dict[int, _Applied]) -> None:
    for migration in wanted:
        applied = done.get(migration.version)
        if applied is not None and applied.checksum != migration.checksum:
            message = f"Migration {migration.full_name} was changed after it was applied."
            raise MigrationError(message, "Restore the file and write a new migration for the change.")
    unknown = set(done) - {m.version for m in wanted}
    if unknown:
        message = f"The database has migration {max(unknown):04d}, which this program does not know."
        raise MigrationError(message, "Run the newer version of claimstream.")


def _refuse_open_ranges(client: Client, pending: Sequence[Migration]) -> None:
    """Stop while the sink has begun ranges, where it must finish them before one of the migrations."""
    migration = next((m for m in pending if m.wants_no_open_range), None)
    if migration is not None and (found := open_ranges(client)):
        source, span = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        message = (
            f"Migration {migration.full_name} must wait: the sink has begun the range {span} of "
            f"{source}{more} and not stored it."
        )
        remedy = (
            "Run the sink in the version that began it until the range is stored, stop it, and run claimstream sink "
            "migrate again; where the topic is gone, with --despite-open-ranges."
        )
        raise MigrationError(message, remedy)


def _apply(client: Client, migration: Migration, applied: _Applied | None) -> None:
    """Run what is missing of a migration; the count of statements in the book says where to go on.

    An entry costs as much as a statement: those that may be repeated share one, which comes before a statement that may
    not, at the end, or when one fails.
    """
    noted = applied.statements if applied is not None else 0
    for position, statement in _missing(migration, applied):
        repeatable = _may_be_repeated(statement)
        if not repeatable and noted < position - 1:
            noted = _note(client, migration, position - 1)
        try:
            client.command(statement)
        except DatabaseError:
            if noted < position - 1:
                with suppress(DatabaseError):
                    _note(client, migration, position - 1)
            raise
        if not repeatable or position == len(migration.statements):
            noted = _note(client, migration, position)


def _may_be_repeated(statement: str) -> bool:
    """Whether a statement changes nothing when it is run again."""
    return bool(_REPEATABLE.match(statement)) and not ("ALTER TABLE" in statement and _ONCE_ONLY.search(statement))


def _note(client: Client, migration: Migration, statements: int) -> int:
    """Write into the book that so many statements of a migration have been run, and return how many."""
    complete = statements == len(migration.statements)
    row = [migration.version, migration.name, migration.checksum, statements, complete]
    client.insert(
        "schema_migrations",
        [row],
        column_names=["version", "name", "checksum", "statements", "complete"],
        settings={"async_insert": 0},
    )
    return statements


def _missing(migration: Migration, applied: _Applied | None) -> Iterator[tuple[int, str]]:
    start = applied.statements if applied is not None else 0
    for position, statement in enumerate(migration.statements[start:], start=start + 1):
        # A crash between a statement and its entry in the book must not stop the next run.
        yield (
            position,
            re.sub(r"^((?:--.*\n)*CREATE (?:TABLE|MATERIALIZED VIEW|VIEW)) ", r"\1 IF NOT EXISTS ", statement),
        )
