"""Record of every run: an append-only SQLite file.

A cell's samples belong to an *attempt*: one build of its image. A new build starts a new attempt
and supersedes the samples of earlier ones, which stay in the file. Every public call is one
committed transaction, so a killed run keeps all completed calls.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.store.cells import Cells
from harness.store.database import Database
from harness.store.runs import Runs
from harness.store.samples import Samples


class Store(Runs, Cells, Samples):
    """The store at `path`; may be used from several threads and by several processes at once.

    Raises StoreError as `Database` does.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._db = Database(path, create=create)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """Path of the file."""
        return self._db.path

    def transaction(self) -> AbstractContextManager[None]:
        """Commit all calls of a block together, or none of them."""
        return self._db.transaction()

    def close(self) -> None:
        """Close the file; nothing is pending, for every call commits."""
        self._db.close()
