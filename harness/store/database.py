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
from harness.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA, SCHEMA_VERSION

BUSY_TIMEOUT_S = 30.0
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
        if not create and not path.exists():
            raise StoreError(
                "there is no results store", where=str(path), hint="harness run PLAN makes it"
            )
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
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
        """Commit all statements of the block together, or none of them."""
        with self.lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def insert(self, statement: str, *values: object) -> int:
        """Run a statement within a transaction; returns the id of the new row."""
        return cast(int, self._connection.execute(statement, values).lastrowid)

    def insert_all(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for every row, within a transaction."""
        self._connection.executemany(statement, rows)

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.lock, self._errors():
            return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        rows = self.all(query, *values)
        return rows[0] if rows else None

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Raise StoreError where a stored value is not what the harness writes."""
        try:
            yield
        except (ValueError, KeyError, TypeError, EOFError) as error:
            raise StoreError(
                f"a value in the results store is damaged: {error}",
                where=str(self.path),
                hint="restore an older copy of the file, or move it away",
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
            self._connection.execute("PRAGMA synchronous = FULL")
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
