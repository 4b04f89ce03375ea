# The front door. `make` lists the targets; everything they need is set up by them (Python packages into .venv).
.DEFAULT_GOAL := help
.PHONY: help scan test soak test-vm snapshots-vm check bench agreement package docs format clean
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

.venv/.made:
	@$(PYTHON) -m venv .venv 2>/dev/null || { \
	  rm -rf .venv; \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)" >&2; exit 1; \
	  fi; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null && \
	  $(PYTHON) -m venv .venv; }
	@touch $@

.venv/.installed: .venv/.made pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/.developed: .venv/.installed pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

scan: .venv/.installed ## Set up, and scan this machine
	@$(BIN)/wispwatch scan

test: .venv/.developed ## Set up, and run every test (as root on Debian also those with real hosts and servers)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not alone'
	@$(BIN)/python -m pytest -m alone

soak: .venv/.developed ## Let the daemon live 20 minutes of a compressed schedule: nothing may grow, every page must hold together
	@$(BIN)/python -m tests.soak

test-vm: .venv/.developed ## Set up, and test a whole Debian with LUKS in an emulated machine (root, Debian, 10 minutes)
	@$(BIN)/python -m pytest --vm tests/vm

snapshots-vm: .venv/.developed ## Record that machine anew, and what is found on it
	@$(BIN)/python -m pytest --vm --record tests/vm/test_scan.py
	@$(BIN)/python -m pytest --update tests/test_goldens.py -k debian-12-vm-luks

check: .venv/.developed ## Format, lint, types, import contract, generated files fresh
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check

bench: .venv/.developed ## Measure, beside Lynis and OpenSCAP on the same root, Prowler and cloud-audit on the same account
	@$(BIN)/python -m tests.bench

agreement: .venv/.developed ## Compare Prowler's verdicts and ours about the same AWS account
	@$(BIN)/python -m tests.bench.agreement

package: .venv/.developed ## Build the deb and the rpm into dist/
	@$(BIN)/python deploy/packages/build.py

docs: .venv/.developed ## Write the generated pages anew
	@$(BIN)/python -m docs.generate

format: .venv/.developed ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove what the other targets made here
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
