# One command each: demo (the main job), test, check, bench, soak, wheels. Each sets up what it needs.
SHELL := /bin/bash
PYTHON ?= /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
export FLWR_TELEMETRY_ENABLED = 0
export FLWR_DISABLE_UPDATE_CHECK = 1

.PHONY: demo test check fix bench soak wheels proto setup clean
.DEFAULT_GOAL := help

help:
	@echo "make demo     four hospitals, one approved question, one reviewed answer (KEEP=1 leaves it running)"
	@echo "make test     all tests            make check   lint, types, imports, formatting"
	@echo "make bench    benchmarks/results.json           make soak    the long suites"
	@echo "make wheels   dist/onggi-*.whl, the researcher's package"

setup: $(STAMPS)/venv $(STAMPS)/system

# The interpreter must be one that every user of the machine may read: sandboxed jobs run under other uids.
$(STAMPS)/venv: requirements.lock
	@PYTHON=$(PYTHON) infra/setup/python.sh $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/system: infra/setup/system.sh
	@infra/setup/system.sh bubblewrap
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/postgresql: infra/setup/system.sh
	@infra/setup/system.sh postgresql
	@mkdir -p $(STAMPS) && touch $@

demo: setup
	@$(BIN)/python -m infra.demo $(if $(KEEP),--keep)

test: setup $(STAMPS)/postgresql
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "not soak"

soak: setup $(STAMPS)/postgresql
	@$(BIN)/python -m pytest -n auto --dist worksteal -m soak

check: $(STAMPS)/venv
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

fix: $(STAMPS)/venv
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup
	@$(BIN)/python -m benchmarks

wheels: $(STAMPS)/venv
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --wheel --outdir dist .

proto: $(STAMPS)/venv
	@$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. --grpc_python_out=. onggi/protocol/node_service.proto

clean:
	@rm -rf $(VENV) $(STAMPS) .demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
