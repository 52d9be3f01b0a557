#!/usr/bin/env bash
# SCons 4.11.1: an object file that an interrupted build left is linked, never compiled again.
#
# One would guess: with content signatures SCons notices that an object is not the one it built from
# the unchanged source, and compiles it again.
# Seen: only what an object is made FROM is compared. The build of another version is killed after
# the compiler, before SCons writes its database; back at the first version SCons links that object
# as up to date. The same holds for a damaged object. PlatformIO builds with SCons, so a killed
# `pio run` can leave firmware of mixed sources that every later run calls up to date.
# Output seen: "first 1, after the kill 2, compiled again: no"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scons==4.11.1
cd "$folder"

# The linker stands for a build that is killed here: with the file `kill` it ends SCons itself.
cat > link.sh <<'SH'
#!/bin/sh
if [ -e kill ]; then kill -9 "$(cat scons.pid)"; sleep 1; fi
exec cc "$@"
SH
chmod +x link.sh
cat > SConstruct <<'PYTHON'
import os

open("scons.pid", "w").write(str(os.getpid()))
Program("app", "app.c", LINK="./link.sh")
PYTHON
version() { printf '#include <stdio.h>\nint main(void) { printf("%%d", %s); return 0; }\n' "$1" > app.c; }

version 1
venv/bin/scons -Q > first.log
first=$(./app)
version 2
touch kill
venv/bin/scons -Q > killed.log 2>&1 || true
rm kill
version 1
venv/bin/scons -Q > again.log
after=$(./app)
compiled=$(grep -q -- '-c' again.log && echo yes || echo no)
echo "first $first, after the kill $after, compiled again: $compiled"
[ "$first $after $compiled" = "1 2 no" ]
