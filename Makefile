# `make run` and `make test` may each be the first command in a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8000
TORCH ?= torch

# llama.cpp compiles for this very processor. Some virtual machines name AMX and do not let it be used: the engine
# would die of an illegal instruction, so AMX is left out wherever the compiler knows it.
NO_AMX := $(shell echo | c++ -mno-amx-tile -mno-amx-int8 -mno-amx-bf16 -E -x c++ - >/dev/null 2>&1 && \
	echo -mno-amx-tile -mno-amx-int8 -mno-amx-bf16)
export CFLAGS += $(NO_AMX)
export CXXFLAGS += $(NO_AMX)

.PHONY: help run test setup models browser postgresql ingest lint types unit evals faults sidebyside peers lock clean

help:            ## the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

run: setup ingest  ## everything a new user needs: set up, ingest seeds/, serve
	$(BIN)/footnote serve --host $(HOST) --port $(PORT)

setup: .venv/.installed models  ## environment from the lock file, and the two small models

# Two steps because llama-cpp-python ships as source only: its build tools are installed from their own
# hashed lock first, and the build then uses them instead of fetching unhashed ones.
.venv/.installed: requirements.lock build.lock pyproject.toml
	@echo "[setup] Python environment (the first time compiles llama.cpp: a few minutes)"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Footnote needs Python 3.11 or newer: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r build.lock
	$(BIN)/python -m pip install --progress-bar on --no-build-isolation --require-hashes -r requirements.lock
	$(BIN)/python -m pip check
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

models: .venv/.installed  ## fetch and verify the two small models (once a machine)
	$(BIN)/footnote models pull

postgresql:      ## a PostgreSQL server for the tests, where there is none
	bash tests/install-postgresql.sh

browser:         ## a Chromium for the tests of the page, where there is none
	bash tests/install-chromium.sh

ingest: setup
	$(BIN)/footnote ingest seeds

test: setup lint types unit evals  ## what CI runs

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.installed
	$(BIN)/mypy

unit: setup browser postgresql
	$(BIN)/pytest -n 2 --dist loadfile

evals: setup  ## the fixed sets compared with evals/data/baselines/: recorded replies first, then the embedded models
	$(BIN)/footnote eval run --tier replay
	$(BIN)/footnote eval compare --tier replay
	$(BIN)/footnote eval run --tier embedded
	$(BIN)/footnote eval compare --tier embedded

faults: setup  ## plant every known fault and see that the gate notices; then run unchanged and see that it is silent
	$(BIN)/footnote study faults

sidebyside: setup  ## how others cite, on the same questions with the same model: the table of docs/side-by-side.md
	$(BIN)/footnote study methods

peers:           ## sentence-transformers in an environment of its own, for `footnote bench --peer`; TORCH=... picks a build
	$(PYTHON) -m venv .peers
	.peers/bin/python -m pip install --quiet $(TORCH)
	.peers/bin/python -m pip install --quiet sentence-transformers

lock:            ## renew the lock files (needs uv); they carry hashes and no index address
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header build.in -o build.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header pyproject.toml --group dev -o requirements.lock

clean:           ## everything that was made here; the models stay in their cache
	rm -rf .venv .peers .footnote reports .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
