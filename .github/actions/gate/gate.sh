#!/usr/bin/env bash
# One model on some targets, then the gate. The action sets the variables; a shell can do so too:
#   MODEL=model.tflite TARGETS=qemu-m4 BASELINE=hil-baseline.json REPORTS=out gate.sh
set -euo pipefail

harness=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/.venv/bin/harness
arguments=(--reports "$REPORTS")
for target in $TARGETS; do arguments+=(--target "$target"); done
if [[ -n ${DATA:-} ]]; then arguments+=(--data "$DATA"); fi

"$harness" bench "$MODEL" "${arguments[@]}"
if [[ ! -e $BASELINE ]]; then
    echo "there is no baseline yet; make one and commit it:"
    echo "  harness compare $BASELINE $REPORTS --accept"
    exit 0
fi
"$harness" compare "$BASELINE" "$REPORTS" --junit "$REPORTS/gate.xml" --summary "$REPORTS/gate.md"
