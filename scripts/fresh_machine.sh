#!/usr/bin/env bash
# Tries README's two commands on a bare system of a Debian suite, as a newcomer would:
#   scripts/fresh_machine.sh trixie
# A system of nothing but debootstrap's smallest set is made anew, git and make are installed in it,
# the committed state of this checkout is cloned, and `make bench` and `make test` run there. The
# last lines are the verdict; the exit code is 0 only where both passed. Needs root and debootstrap,
# 15 GB and half an hour or more; outside of CI.
#
#   MIRROR      of the suite's packages; default: the one of this computer's own apt
#   COMPONENTS  of the mirror; default: main (Ubuntu: main,universe)
#   FOLDER      keeps the system, the logs and downloads; default: /var/tmp/tinyml-harness-fresh
#   COMMANDS    separated by semicolons; default: make bench; make test
#   KEEP        yes: the system of the last run as it is, to look into a failure
#
# pip's index, proxy and certificate are those of this computer's pip; npm takes the same certificate.
set -euo pipefail

SUITE=${1:?usage: scripts/fresh_machine.sh SUITE}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
FOLDER=${FOLDER:-/var/tmp/tinyml-harness-fresh}
COMMANDS=${COMMANDS:-make bench; make test}
SYSTEM=$FOLDER/$SUITE
CLONE=/srv/checkout-$SUITE

if [[ ${INSIDE:-} != yes ]]; then # the system's mounts and processes end with this script
    ((EUID == 0)) || { echo "needs root" >&2; exit 2; }
    command -v debootstrap >/dev/null || { echo "apt-get install debootstrap" >&2; exit 2; }
    INSIDE=yes exec unshare --mount --pid --fork --kill-child "${BASH_SOURCE[0]}" "$@"
fi

own_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1
}

# Of this computer's pip: what says where packages come from, with its certificate's file copied.
pip_settings() {
    echo "[global]"
    python3 -m pip config list | while IFS='=' read -r key value; do
        value=${value#\'} value=${value%\'}
        case ${key##*.} in
        index | index-url | extra-index-url)
            if [[ $value == http* ]]; then echo "${key##*.} = $value"; fi ;;
        proxy | trusted-host | timeout | default-timeout) echo "${key##*.} = $value" ;;
        esac
    done | sort --unique
    if [[ -e $SYSTEM/etc/ssl/own.crt ]]; then echo "cert = /etc/ssl/own.crt"; fi
    echo "cache-dir = /var/cache/pip"
}

make_system() {
    rm -rf --one-file-system "$SYSTEM"
    mkdir -p "$FOLDER/debs" "$FOLDER/pip"
    debootstrap --variant=minbase --include=ca-certificates --cache-dir="$FOLDER/debs" \
        --components="${COMPONENTS:-main}" "$SUITE" "$SYSTEM" "${MIRROR:-$(own_mirror)}"
    cp --dereference /etc/resolv.conf "$SYSTEM/etc/resolv.conf"
    if [[ -e ${SSL_CERT_FILE:-} ]]; then cp --dereference "$SSL_CERT_FILE" "$SYSTEM/etc/ssl/own.crt"; fi
    pip_settings >"$SYSTEM/etc/pip.conf"
    git clone --quiet --no-hardlinks "$ROOT" "$SYSTEM$CLONE"
    mkdir -p "$SYSTEM/var/cache/pip"
    echo force-unsafe-io >"$SYSTEM/etc/dpkg/dpkg.cfg.d/unsafe-io" # as in container images
}

mount_system() {
    mount -t proc proc "$SYSTEM/proc"
    mount --rbind /dev "$SYSTEM/dev"
    mount --bind "$FOLDER/pip" "$SYSTEM/var/cache/pip"
    mount --bind "$FOLDER/debs" "$SYSTEM/var/cache/apt/archives"
}

# inside COMMAND…: in the new system, with nothing of this one's environment but the proxy.
inside() {
    local certificate=
    if [[ -e $SYSTEM/etc/ssl/own.crt ]]; then certificate=/etc/ssl/own.crt; fi
    env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        ${certificate:+"NODE_EXTRA_CA_CERTS=$certificate"} \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
        chroot "$SYSTEM" "$@"
}

mkdir -p "$FOLDER"
LOG=$FOLDER/$SUITE-system.log
if [[ ${KEEP:-} == yes ]]; then
    mount_system
else
    echo "$SUITE: making a bare system in $SYSTEM"
    trap '(($? == 0)) || tail "$LOG" >&2' EXIT
    {
        make_system
        mount_system
        inside sh -c 'apt-get update && apt-get install --yes --no-install-recommends git make'
    } >"$LOG" 2>&1
    trap - EXIT
fi
trap 'exit 130' INT TERM # it is process 1 here
verdict=() failed=0
IFS=';' read -ra commands <<<"$COMMANDS"
for number in "${!commands[@]}"; do
    read -r command <<<"${commands[number]}"
    log=$FOLDER/$SUITE-$((number + 1)).log started=$SECONDS code=0
    echo "$SUITE: $command (output: $log)"
    inside sh -c "cd $CLONE && $command" >"$log" 2>&1 </dev/null || code=$?
    verdict+=("$SUITE: $command: exit code $code after $((SECONDS - started)) s")
    if ((code)); then failed=1; fi
done
inside sh -c "cd $CLONE && git describe --always --dirty && python3 --version &&
    dpkg-query -W libc6 gcc-arm-none-eabi gcc-riscv64-unknown-elf gcc-avr qemu-system-arm &&
    cut -d, -f1,5,7,8 reports/latest/results.csv" || true
printf '%s\n' "${verdict[@]}"
exit "$failed"
