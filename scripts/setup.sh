#!/usr/bin/env bash
# Sets this checkout up: system packages, Python packages, PlatformIO's core, the AVR simulator.
# Each step looks first and does only what is missing, so running it again is cheap and safe.
# `make setup` calls it when something it reads has changed. PYTHON=… names the Python 3.11 to use.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL

STATE=.setup
LOG_TAIL=15

mkdir -p "$STATE"
echo '*' >"$STATE/.gitignore"

# A second `make` waits here, and then finds the work done.
exec 9>"$STATE/lock"
if ! flock --nonblock 9; then
    echo "set-up: another one is running in this checkout; waiting for it"
    flock 9
fi

fail() {
    printf 'set-up stopped: %s\n' "$1" >&2
    shift
    if (($#)); then printf '  %s\n' "$@" >&2; fi
    exit 1
}

# logged NAME COMMAND…: runs with its output in .setup/NAME.log; on failure shows the log's end.
logged() {
    local log="$STATE/$1.log"
    shift
    if ! "$@" >"$log" 2>&1 9>&- </dev/null; then
        tail -n "$LOG_TAIL" "$log" | sed 's/^/  | /' >&2
        fail "this command failed: $*" "its whole output: $log"
    fi
}

system_packages() {
    local wanted missing=() package
    mapfile -t wanted < <(grep -Ev '^(#|$)' scripts/system-packages.txt)
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "system packages: no apt-get here; install what these Debian packages hold yourself:"
        printf '%s\n' "${wanted[*]}" | fold --spaces --width=90 | sed 's/^/  /'
        echo "  (.venv/bin/harness doctor shows afterwards what is missing)"
        return
    fi
    for package in "${wanted[@]}"; do
        # Debian's npm does not install beside a Node from elsewhere, which brings its own.
        if [[ $package == @(nodejs|npm) ]] && type node npm >/dev/null 2>&1; then continue; fi
        if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
            missing+=("$package")
        fi
    done
    if ! ((${#missing[@]})); then
        echo "system packages: already there"
        return
    fi
    local root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "system packages are missing, and sudo is not here" \
            "as root: apt-get install --no-install-recommends ${missing[*]}"
        root=(sudo)
    fi
    echo "system packages: installing ${missing[*]}"
    logged apt-update "${root[@]}" apt-get update
    logged apt-install "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends --option DPkg::Lock::Timeout=300 "${missing[@]}"
}

# usable PYTHON: a Python 3.11 that can make virtual environments.
usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

find_python() {
    local candidates=(python3.11 python3) candidate
    if command -v uv >/dev/null; then
        candidates+=("$(uv python find 3.11 2>/dev/null || true)")
    fi
    candidates+=("${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.11.*/bin/python3.11)
    if [[ -n ${PYTHON:-} ]]; then candidates=("$PYTHON"); fi
    for candidate in "${candidates[@]}"; do
        if [[ -n $candidate ]] && usable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "no usable Python 3.11 among: ${candidates[*]}" \
        "Debian 12: apt-get install python3 python3-venv; elsewhere: uv python install 3.11," \
        "pyenv install 3.11, or name one: make setup PYTHON=/path/to/python3.11"
}

# A virtual environment does not work any more when its folder or its Python has moved.
usable_venv() {
    grep -Fqs " $(pwd -P)/.venv" .venv/pyvenv.cfg && usable .venv/bin/python
}

python_packages() {
    local digest stamp=.venv/.installed python started=$SECONDS
    digest=$(cat requirements.lock pyproject.toml | sha256sum)
    if [[ -x .venv/bin/harness && -f $stamp && $(<"$stamp") == "$digest" ]] && usable_venv; then
        echo "Python packages: already there"
        return
    fi
    if ! usable_venv; then
        python=$(find_python)
        echo "Python packages: making .venv with $("$python" --version)"
        logged venv "$python" -m venv --clear .venv
    fi
    rm -f "$stamp"
    echo "Python packages: installing those of requirements.lock (2 GB, some minutes the first time)"
    logged pip-install .venv/bin/python -m pip install --require-hashes --requirement requirements.lock
    # `compat` puts the checkout itself on the path, so that models/ and plans' code are found too.
    logged pip-project .venv/bin/python -m pip install --no-deps --no-index --no-build-isolation \
        --config-settings editable_mode=compat --editable .
    echo "$digest" >"$stamp"
    echo "Python packages: ready after $((SECONDS - started)) s"
}

platformio_core() {
    logged platformio-core .venv/bin/python scripts/pio_core.py
    echo "PlatformIO core: ready"
}

avr_simulator() {
    logged avr-simulator .venv/bin/python scripts/build_runner.py
    echo "AVR simulator: ready"
}

# Without Node, or where npm's registry cannot be reached, only the target rp2040js-pico is missing.
pico_simulator() {
    local log=$STATE/pico-simulator.log
    if .venv/bin/python scripts/pico_simulator.py >"$log" 2>&1 9>&- </dev/null; then
        echo "Pico simulator: ready"
    else
        echo "Pico simulator: not installed, rp2040js-pico stays unavailable: $(tail -n 1 "$log")"
    fi
}

system_packages
python_packages
platformio_core
avr_simulator
pico_simulator
touch "$STATE/ready"
