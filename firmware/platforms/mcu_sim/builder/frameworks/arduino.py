"""The Arduino core for AVR as Debian packages it, for boards of simavr."""

import sys
from pathlib import Path

from SCons.Script import DefaultEnvironment

CORE = Path("/usr/share/arduino/hardware/arduino/avr")
API_LEVEL = 10819  # of the IDE release that this core belongs to

env = DefaultEnvironment()
board = env.BoardConfig()
core = CORE / "cores" / board.get("build.core")
variant = CORE / "variants" / board.get("build.variant")

if not (core / "Arduino.h").is_file() or not variant.is_dir():
    sys.stderr.write(
        f"Error: there is no Arduino core for AVR in {CORE}. "
        "On Debian or Ubuntu: apt install arduino-core-avr\n"
    )
    env.Exit(1)

env.Append(
    CPPDEFINES=[("F_CPU", "$BOARD_F_CPU"), ("ARDUINO", API_LEVEL), "ARDUINO_ARCH_AVR"],
    CPPPATH=[str(core), str(variant)],
)
# The core is not this project's code: it is built without its warnings.
core_env = env.Clone()
core_env.Append(CCFLAGS=["-w"])
env.Prepend(LIBS=[core_env.BuildLibrary(str(Path("$BUILD_DIR") / "FrameworkArduino"), str(core))])
