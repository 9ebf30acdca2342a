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

# Pages are looked at in a real browser, with a font that has Korean.
$(STAMPS)/browser: infra/setup/system.sh
	@infra/setup/system.sh chromium
	@infra/setup/system.sh fonts-nanum
	@mkdir -p $(STAMPS) && touch $@

# Only the long suites need Spark, and it is large: it has a folder of its own beside the environment.
$(STAMPS)/spark: requirements-spark.txt $(STAMPS)/venv infra/setup/system.sh
	@infra/setup/system.sh openjdk-17-jre-headless
	@echo "Installing Apache Spark into .spark (once, 480 MB) ..."
	@rm -rf .spark
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --target .spark --requirement requirements-spark.txt
	@# Jobs name the versions installed where they run: a test process with Spark must count as one without.
	@rm -rf .spark/*.dist-info .spark/*.egg-info
	@touch $@

# The log-in elsewhere that tests sign in at and ACRO, against which they hold our disclosure rules, have
# environments of their own; where no registry is reached, the tests that need them say so.
$(STAMPS)/oidc-provider: requirements-oidc-provider.txt infra/setup/own_environment.sh
	@PYTHON=$(PYTHON) infra/setup/own_environment.sh .oidc-provider requirements-oidc-provider.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/acro: requirements-acro.txt infra/setup/own_environment.sh
	@PYTHON=$(PYTHON) infra/setup/own_environment.sh .acro requirements-acro.txt
	@mkdir -p $(STAMPS) && touch $@

demo: setup
	@$(BIN)/python -m infra.demo $(if $(KEEP),--keep)

test: setup $(STAMPS)/postgresql $(STAMPS)/browser $(STAMPS)/oidc-provider $(STAMPS)/acro
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "not soak"

soak: setup $(STAMPS)/postgresql $(STAMPS)/browser $(STAMPS)/spark
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
	@rm -rf $(VENV) $(STAMPS) .spark .oidc-provider .acro .demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
