"""The store's SQLite file: opening, migration, transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from harness.errors import StoreError
from harness.store.rows import checked, row_checksum
from harness.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA, SCHEMA_VERSION, TABLES

BUSY_TIMEOUT_S = 30.0
RESTORE = "restore an older copy of the file, or move it away"
DAMAGED = "check disk space and permissions; if the file is damaged, move it away"


class Database:
    """The file at `path`; may be used from several threads and by several processes at once.

    Hold `lock` where several reads belong together. Raises StoreError for a missing file (with
    `create` False), a file that is no results store, or one of another schema; every method raises
    it where SQLite fails (disk full, file damaged).
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._depth = 0  # of transactions within each other
        if not create and not path.exists():
            raise StoreError(
                "there is no results store", where=str(path), hint="harness run PLAN makes it"
            )
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._connection.create_function("row_checksum", -1, row_checksum, deterministic=True)
        try:
            self._open(create)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file; nothing is pending, for every transaction is committed."""
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements of the block together, or none; one inside belongs to the outer."""
        with self.lock, self._errors():
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def insert(self, table: str, *values: object) -> int:
        """Append a row within a transaction, with its checksum; return its id (see TABLES)."""
        number = 0
        if "id" in TABLES[table]:
            found = self.one(" ".join(["SELECT coalesce(max(id), 0) + 1 FROM", table]))
            number = cast(tuple[int], found)[0]
            values = (number, *values)
        self.insert_all(table, [values])
        return number

    def insert_all(self, table: str, rows: Sequence[Sequence[object]], also: str = "") -> None:
        """Append rows within a transaction, with their checksums; `also` ends the statement."""
        columns = [*TABLES[table], "checksum"]
        marks = ", ".join("?" for _ in columns)
        words = ["INSERT INTO", table, "(", ", ".join(columns), ") VALUES (", marks, ")", also]
        self._connection.executemany(" ".join(words), [(*row, row_checksum(*row)) for row in rows])

    def rows(self, table: str, rest: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a table that `rest` (WHERE …) selects, in the order of TABLES.

        Raises StoreError where a row is not as it was written.
        """
        words = ["SELECT", ", ".join([*TABLES[table], "checksum"]), "FROM", table, rest]
        with self.decoding():
            found = self.all(" ".join(words), *values)
            return [checked(table, row) for row in found]

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.lock, self._errors():
            return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        rows = self.all(query, *values)
        return rows[0] if rows else None

    @contextmanager
    def decoding(self, place: str = "") -> Iterator[None]:
        """Raise StoreError where a stored value, at `place`, is not what the harness writes."""
        try:
            yield
        except (ValueError, KeyError, TypeError, EOFError) as error:
            where = f"{place}: " if place else ""
            raise StoreError(
                f"a value in the results store is damaged: {where}{error}",
                where=str(self.path),
                hint=RESTORE,
            ) from error

    def _open(self, create: bool) -> None:
        with self._errors(), self.lock:
            version, application = self._version()
            if version == 0 and application == 0 and create and not self._tables():
                self._connection.execute("PRAGMA journal_mode = WAL")
                with self.transaction():
                    if self._version()[0] == 0:  # another process may have been first
                        for statement in SCHEMA.split(";"):
                            self._connection.execute(statement)
                        self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                        self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                version, application = self._version()
            if application != APPLICATION_ID:
                raise StoreError(
                    "this file is not a results store",
                    where=str(self.path),
                    hint="move it away: harness run PLAN makes a new one",
                )
            if version in MIGRATIONS:
                version = self._migrate()
            if version != SCHEMA_VERSION:
                raise StoreError(
                    f"the store has schema {version}, this harness reads {SCHEMA_VERSION}",
                    where=str(self.path),
                    hint="use the harness that wrote it, or move the file away",
                )
            (state,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if state != "ok":  # pages that are damaged may hide rows
                raise StoreError(
                    f"the results store is damaged: {' '.join(state.split())}",
                    where=str(self.path),
                    hint=RESTORE,
                )
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA cell_size_check = ON")
            self._connection.execute("PRAGMA foreign_keys = ON")

    def _migrate(self) -> int:
        """Bring a store of an older schema up to this one; returns its version."""
        with self.transaction():
            version, _ = self._version()
            while version in MIGRATIONS:  # another process may have been first
                for statement in MIGRATIONS[version].split(";"):
                    self._connection.execute(statement)
                version += 1
            self._connection.execute(f"PRAGMA user_version = {version}")
        return version

    def _version(self) -> tuple[int, int]:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return int(version), int(self._connection.execute("PRAGMA application_id").fetchone()[0])

    def _tables(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            raise StoreError(
                f"the results store cannot be used: {error}",
                where=str(self.path),
                hint="close the other program that uses it, then run again" if busy else DAMAGED,
            ) from error


def now() -> str:
    """The time of an entry: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
