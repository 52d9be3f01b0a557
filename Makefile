# `make` alone lists the targets. Set-up work is done once: see scripts/setup.sh.

BIN := .venv/bin
PLAN ?= plans/digits.toml
BENCH_ARGS ?=
PYTEST_ARGS ?=

# What set-up reads and what it makes: it runs again when the first changed or the second is gone.
SETUP_INPUTS := $(wildcard scripts/*.* harness/setup/*.py) requirements.lock pyproject.toml \
    $(wildcard firmware/platforms/mcu_sim/runner/*.[ch] firmware/platforms/mcu_sim/qemu_count/*.c) \
    $(wildcard firmware/platforms/mcu_sim/rp2040js/*) $(wildcard firmware/lib/port/src/host_pty.[ch])
SETUP_OUTPUTS := $(BIN)/harness .platformio/packages/tool-scons/package.json .tools/harness-avr-runner \
    .tools/harness-qemu-count.so
MISSING := $(filter-out $(wildcard $(SETUP_OUTPUTS)),$(SETUP_OUTPUTS))

CACHES := .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

.DEFAULT_GOAL := help
.PHONY: help setup bench test lint format lock clean force

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; \
	    do printf '  make %-8s %s\n' "$$name" "$$text"; done

setup: .setup/ready ## install all that is needed (nothing is done the second time)

.setup/ready: $(SETUP_INPUTS) $(if $(MISSING),force)
	@PYTHON='$(PYTHON)' scripts/setup.sh

force:

bench: setup ## run the plan: PLAN=plans/digits.toml, BENCH_ARGS=…
	@$(BIN)/harness run $(PLAN) $(BENCH_ARGS)

test: setup ## run the tests: PYTEST_ARGS="-k link" selects some
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

FIND_C = find firmware \( -name generated -o -name .pio \) -prune -o \
    \( -name '*.[ch]' -o -name '*.cpp' \) -print0

lint: setup ## check style, types and formatting, changing nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(FIND_C) | xargs -0 -r clang-format --dry-run -Werror

format: setup ## format Python and C in place
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format
	$(FIND_C) | xargs -0 -r clang-format -i

lock: ## resolve pyproject.toml into requirements.lock for Python 3.11 to 3.13 (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --extra dev --custom-compile-command "make lock" \
	    pyproject.toml -o requirements.lock

clean: ## remove what was built; .venv, downloads, models/cache and reports stay
	rm -rf .pio .platformio/packages/tool-scons .tools .setup $(CACHES)
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
