"""The command line: it alone opens a console, and heavy imports happen inside commands."""

from __future__ import annotations

import signal
import sys

import typer

from harness.cli.boards import boards, doctor, dut, targets
from harness.cli.console import plain_console
from harness.cli.export import export, verify
from harness.cli.gate import compare
from harness.cli.listening import listen
from harness.cli.models import codegen, inspect, profile
from harness.cli.new import new
from harness.cli.replay import replay
from harness.cli.results import history, report
from harness.cli.running import bench, plan_check, run, sweep
from harness.cli.search import search
from harness.cli.setup import setup
from harness.errors import HarnessError, InputError, PlanError

INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Which pruned model should ship on which board? Measured on the boards themselves.",
)
_plan = typer.Typer(no_args_is_help=True, help="Work with plan files.")
app.add_typer(_plan, name="plan")
_plan.command("check")(plan_check)
app.command()(run)
app.command()(sweep)
app.command()(search)
app.command()(bench)
app.command()(codegen)
app.command()(inspect)
app.command()(profile)
app.command()(export)
app.command()(verify)
app.command()(report)
app.command()(compare)
app.command()(history)
app.command()(targets)
app.command()(boards)
app.command()(listen)
app.command()(dut)
app.command()(replay)
app.command()(doctor)
app.command()(setup)
app.command()(new)


def main() -> None:
    """Entry point: typed errors become one message and their exit code, never a traceback."""
    errors = plain_console(stderr=True)
    _end_as_ctrl_c()
    try:
        _check_words(sys.argv[1:])
        app()
    except PlanError as error:
        errors.print(f"error: {error.where}:", style="red")
        for problem in error.problems:
            errors.print(f"  {problem}")
        raise SystemExit(error.exit_code) from None
    except HarnessError as error:
        where = f"{error.where}: " if error.where else ""
        errors.print(f"error: {where}{error.what}", style="red")
        if error.hint:
            errors.print(f"  {error.hint}")
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        errors.print(f"error: {error}", style="red")
        errors.print("  check that the folder is there and may be written to")
        raise SystemExit(InputError.exit_code) from None
    except SystemExit as error:
        if error.code == INTERRUPTED:  # what typer makes of KeyboardInterrupt
            errors.print(
                "interrupted: what was measured is kept; after `harness run PLAN`, "
                "`harness run PLAN --resume` goes on",
                style="yellow",
            )
        raise


def _end_as_ctrl_c() -> None:
    """Make a terminal that closes, and `kill`, end a run as Ctrl-C does: nothing is lost."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, signal.default_int_handler)


def _check_words(words: list[str]) -> None:
    """The store and the reports hold text: a file's name that is none is refused at once."""
    for word in words:
        if not word.isascii() and word.encode(errors="replace").decode() != word:
            shown = word.encode(errors="backslashreplace").decode()
            raise InputError(
                f"this argument is not UTF-8 text: {shown}",
                hint="rename the file or folder; in a locale of other text: LC_ALL=C.UTF-8",
            )
