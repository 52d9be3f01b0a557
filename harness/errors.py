"""Every error the harness raises on purpose, in one place.

Each carries three things a user needs: what happened, where, and what to do next. The CLI prints
them without a traceback; the runner writes them into the row of the cell that failed.
"""

from __future__ import annotations

from collections.abc import Callable


class HarnessError(Exception):
    """Base of typed errors: the event (`what`), its place and the remedy; both may be empty."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.hint}" if self.hint else text


class InputError(HarnessError):
    """The user's input cannot be used: exit code 2."""

    exit_code = 2


class PlanError(InputError):
    """A plan file has mistakes; `problems` holds one line each, with the key it is at."""

    def __init__(self, path: str, problems: list[str]) -> None:
        super().__init__("\n".join(problems), where=path)
        self.problems = problems


class ModelError(InputError):
    """A model file is malformed, or uses what the engine cannot run."""


class DamagedModel(ModelError):
    """A model file is cut off, contradicts itself, or is not a TFLite file."""


class ReferenceFailed(HarnessError):
    """No reference runtime gave an answer to a model file: missing, crashed, or out of time."""


class AuthorityFailed(ReferenceFailed):
    """An authority cannot run this model file: it refuses it or crashes."""


class AuthorityMissing(ReferenceFailed):
    """An authority is not installed or cannot be imported."""


class DataError(InputError):
    """A data set is malformed or does not fit the model."""


class ToolMissing(InputError):
    """A program the harness calls is not installed; the hint says how to get it."""


class TrainingError(HarnessError):
    """Building a variant failed."""


class ConversionFailed(TrainingError):
    """TensorFlow Lite cannot convert a model to one dtype; other dtypes may do."""


class BuildError(HarnessError):
    """PlatformIO or the compiler failed; `log` is the path of its whole output."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", log: str = "") -> None:
        super().__init__(what, where=where, hint=hint or (f"log: {log}" if log else ""))
        self.log = log


class DoesNotFit(HarnessError):
    """The model needs more flash or RAM than the target has; the text holds the figures."""


class TargetError(HarnessError):
    """A board or simulator could not be started, or died."""


class PortBusy(TargetError):
    """Another run drives the board; the text names it."""


class SickBoard(TargetError):
    """A board gave two answers to one question: its figures cannot be used."""


class PowerError(TargetError):
    """The command that turns a board off and on failed."""


class EnergyError(HarnessError):
    """A current probe could not be used, or what it recorded holds no whole window."""


class ImplausibleFigure(HarnessError):
    """A device reports a figure that cannot be; the text holds it and what it contradicts."""


class LinkError(HarnessError):
    """The serial conversation failed after all retries; `transcript()` is what went over it."""

    transcript: Callable[[], str] | None = None


class RequestRefused(LinkError):
    """The device answered a request with an error; `code` is the protocol's."""

    code = 0


class WrongFirmware(LinkError):
    """The device runs another build than the one wanted: no result may be attributed to it."""


class StoreError(InputError):
    """The results store is missing, half-written or of another schema."""
