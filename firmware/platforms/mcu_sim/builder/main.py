"""Build script of the simulated boards: the compiler is the one on PATH that the board names."""

import shutil
import sys

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment

SIMULATED = (
    "This environment runs in a simulator, there is nothing to flash: "
    "`harness run` builds, starts and measures it (`harness run --help`)."
)

env = DefaultEnvironment()
board = env.BoardConfig()
prefix = board.get("build.toolchain")
compiler = f"{prefix}gcc"

if shutil.which(compiler) is None:
    sys.stderr.write(
        f"Error: {compiler} is not on PATH. "
        f"On Debian or Ubuntu: apt install {board.get('build.package')}\n"
    )
    env.Exit(1)

machine = board.get("build.machine_flags")
env.Replace(
    AR=f"{prefix}gcc-ar",
    AS=compiler,
    CC=compiler,
    CXX=f"{prefix}g++",
    LINK=compiler,
    OBJCOPY=f"{prefix}objcopy",
    RANLIB=f"{prefix}gcc-ranlib",
    SIZETOOL=f"{prefix}size",
    ARFLAGS=["rc"],
    SIZEPROGREGEXP=r"^(?:\.text|\.rodata|\.data|\.ARM\.exidx)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.bss|\.noinit)\s+(\d+).*",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    SIZEPRINTCMD="$SIZETOOL -B -d $SOURCES",
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
)
env.Append(
    ASFLAGS=["-x", "assembler-with-cpp"],
    CCFLAGS=[*machine, *board.get("build.compile_flags", []), "-g"],
    CFLAGS=["-std=gnu99"],
    CXXFLAGS=[
        board.get("build.cxx_standard", "-std=gnu++17"),
        "-fno-exceptions",
        "-fno-rtti",
        "-fno-threadsafe-statics",
    ],
    LINKFLAGS=[*machine, *board.get("build.link_flags")],
    LIBS=["c", "m"],
)
env.Append(ASPPFLAGS=env["CCFLAGS"])

program = env.BuildProgram()
if "build.ldscript" in board:
    env.Depends(program, env.Glob(f"{env.PioPlatform().get_dir()}/ldscripts/*.ld"))

AlwaysBuild(env.Alias("buildprog", program, program))
Default(program)

commands = board.get("upload.commands", [])
upload = [env.VerboseAction(command, command) for command in commands]
simulated = [env.VerboseAction(lambda **_: None, SIMULATED)]
env.AddPlatformTarget("upload", program, upload or simulated, "Upload")
