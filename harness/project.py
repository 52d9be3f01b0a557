"""Where the project's folders are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_state_path


@dataclass(frozen=True)
class Project:
    """The checkout's folders; what the harness writes stays below `root` and `reports`."""

    root: Path
    reports: Path

    @classmethod
    def here(cls, reports: Path | None = None) -> Project:
        """The checkout that this package lies in; `reports` holds the store and the reports."""
        root = Path(__file__).resolve().parents[1]
        return cls(root, reports or root / "reports")

    @property
    def cache(self) -> Path:
        """Built variants and reference outputs, by content."""
        return self.root / "models" / "cache"

    @property
    def builds(self) -> Path:
        """Firmware workspaces and linked images, by content."""
        return self.root / ".pio" / "harness"

    @property
    def store(self) -> Path:
        """The results store."""
        return self.reports / "results.sqlite"

    @property
    def logs(self) -> Path:
        """Logs of builds and devices."""
        return self.root / ".pio" / "logs"

    @property
    def port_locks(self) -> Path:
        """Locks of boards, shared by all checkouts and runs of this user on this computer."""
        return user_state_path("tinyml-harness") / "ports"
