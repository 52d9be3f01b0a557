#!/usr/bin/env bash
# uv 0.13.9 and pip 26.0: `uv pip compile --universal` locks releases that pip then refuses.
#
# One would guess: a lock resolved for Python 3.11 and later holds releases that install on Python
# 3.11 and later, for each release names the versions of Python it takes (Requires-Python).
# Seen: uv drops the upper bound of Requires-Python, in dependencies of dependencies too.
# `backports-strenum` 1.3.1 says ">=3.8.6,<3.11"; uv locks it for 3.11 without a word, and pip stops:
# "Could not find a version that satisfies the requirement". LiteRT 2.3 asks for this package on
# Python 3.13, so its lock needs a constraint by hand (`backports-strenum<1.3`, which has no bound).
# Output seen: "uv locks backports-strenum==1.3.1; pip: ... Requires-Python >=3.8.6,<3.11 ..."
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "needs Python 3.11 or later"; exit 1; }
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9 pip==26.0
cd "$folder" # uv would read the constraints of a pyproject.toml
echo "backports-strenum>=1.3.1" >"$folder/wanted.in"

"$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --no-header \
    --no-annotate "$folder/wanted.in" -o "$folder/lock.txt"
locked=$(cat "$folder/lock.txt")
if refusal=$("$folder/venv/bin/pip" download --quiet --no-deps --dest "$folder/wheels" \
    --requirement "$folder/lock.txt" 2>&1); then
    echo "the behaviour has changed: pip takes $locked"
    exit 1
fi
reason=$(grep -o 'Requires-Python >=3.8.6,<3.11' <<<"$refusal" | head -n 1)
echo "uv locks $locked; pip: $reason"
[[ $locked == backports-strenum==1.3.1 && -n $reason ]] || { echo "the behaviour has changed"; exit 1; }
