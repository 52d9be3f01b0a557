#!/usr/bin/env bash
# Sets this checkout up: system packages, Python packages, PlatformIO's core, the AVR simulator.
# Each step looks first and does only what is missing, so running it again is cheap and safe.
# `make setup` calls it when something it reads has changed. PYTHON=… names the Python to use.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL

STATE=.setup
LOG_TAIL=15
VERSIONS=(3.13 3.12 3.11) # those that the lock file was resolved for

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
    local wanted missing=() available=() absent=() package
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
    logged apt-update "${root[@]}" apt-get update
    for package in "${missing[@]}"; do # Ubuntu has Chromium as a snap only
        if apt-cache show "$package" >/dev/null 2>&1; then
            available+=("$package")
        else
            absent+=("$package")
        fi
    done
    if ((${#absent[@]})); then
        echo "system packages: not in this system's lists, and only missing where they are used:" \
            "${absent[*]}"
    fi
    if ! ((${#available[@]})); then return; fi
    echo "system packages: installing ${available[*]}"
    logged apt-install "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
        --no-install-recommends --option DPkg::Lock::Timeout=300 "${available[@]}"
}

# usable PYTHON: one of VERSIONS that can make virtual environments.
usable() {
    "$1" -c 'import sys, venv, ensurepip
sys.exit("%d.%d" % sys.version_info[:2] not in sys.argv[1:])' "${VERSIONS[@]}" 2>/dev/null
}

# state PYTHON: why it is not usable.
state() {
    local version
    version=$("$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || {
        echo "$1 (does not run)"
        return
    }
    if "$1" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "$1 ($version)"
    else
        echo "$1 ($version, without the module venv)"
    fi
}

find_python() {
    local candidates=(python3) version candidate found=()
    for version in "${VERSIONS[@]}"; do candidates+=("python$version"); done
    if command -v uv >/dev/null; then
        candidates+=("$(uv python find '>=3.11,<3.14' 2>/dev/null || true)")
    fi
    for version in "${VERSIONS[@]}"; do
        candidates+=("${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$version".*/"bin/python$version")
    done
    if [[ -n ${PYTHON:-} ]]; then candidates=("$PYTHON"); fi
    for candidate in "${candidates[@]}"; do
        if [[ -n $candidate ]] && usable "$candidate"; then
            echo "$candidate"
            return
        fi
        if command -v "$candidate" >/dev/null; then found+=("$(state "$candidate")"); fi
    done
    fail "no usable Python: this project runs on ${VERSIONS[*]} (TensorFlow has no wheel for 3.14)" \
        "found: $(if ((${#found[@]})); then printf '%s; ' "${found[@]}"; else echo "${PYTHON:-none}, which is not there"; fi)" \
        "Debian, Ubuntu: apt-get install python3 python3-venv; elsewhere: uv python install 3.13," \
        "pyenv install 3.13, brew install python@3.13, or name one: make setup PYTHON=/path/to/python3"
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
    logged pip-project .venv/bin/python -m pip install --no-deps --no-index --no-build-isolation \
        --editable .
    echo "$digest" >"$stamp"
    echo "Python packages: ready after $((SECONDS - started)) s"
}

# PlatformIO's core folder, the simulators' runners, QEMU's counting plugin.
tools() {
    logged tools .venv/bin/harness setup
    echo "PlatformIO core, simulators: ready"
    sed -n 's/^note: //p' "$STATE/tools.log"
}

system_packages
python_packages
tools
touch "$STATE/ready"
