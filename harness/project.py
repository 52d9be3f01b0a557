"""Where the project's folders are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """The checkout's folders; everything the harness writes stays below `root`."""

    root: Path

    @classmethod
    def here(cls) -> Project:
        """The checkout that this package lies in."""
        return cls(Path(__file__).resolve().parents[1])

    @property
    def cache(self) -> Path:
        """Built variants and reference outputs, by content."""
        return self.root / "models" / "cache"

    @property
    def builds(self) -> Path:
        """Firmware workspaces and linked images, by content."""
        return self.root / ".pio" / "harness"

    @property
    def reports(self) -> Path:
        """Reports and the results store."""
        return self.root / "reports"

    @property
    def store(self) -> Path:
        """The results store."""
        return self.reports / "results.sqlite"

    @property
    def logs(self) -> Path:
        """Logs of builds and devices."""
        return self.root / ".pio" / "logs"
