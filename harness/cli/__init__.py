"""The command line. It alone prints; heavy imports happen inside commands."""

from __future__ import annotations

import typer
from rich.console import Console

from harness.cli.boards import boards, doctor, dut, targets
from harness.cli.listening import listen
from harness.cli.models import codegen, inspect, profile
from harness.cli.results import compare, history, report
from harness.cli.running import bench, plan_check, run, sweep
from harness.errors import HarnessError, InputError, PlanError

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
app.command()(bench)
app.command()(codegen)
app.command()(inspect)
app.command()(profile)
app.command()(report)
app.command()(compare)
app.command()(history)
app.command()(targets)
app.command()(boards)
app.command()(listen)
app.command()(dut)
app.command()(doctor)


def main() -> None:
    """Entry point: typed errors become one message and their exit code, never a traceback."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except PlanError as error:
        errors.print(f"error: {error.where}:", style="red", markup=False)
        for problem in error.problems:
            errors.print(f"  {problem}", markup=False)
        raise SystemExit(error.exit_code) from None
    except HarnessError as error:
        where = f"{error.where}: " if error.where else ""
        errors.print(f"error: {where}{error.what}", style="red", markup=False)
        if error.hint:
            errors.print(f"  {error.hint}", markup=False)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        errors.print(f"error: {error}", style="red", markup=False)
        errors.print("  check that the folder is there and may be written to", markup=False)
        raise SystemExit(InputError.exit_code) from None
    except KeyboardInterrupt:
        errors.print(
            "interrupted: what was measured is kept, `harness run PLAN --resume` goes on",
            style="yellow",
        )
        raise SystemExit(130) from None
