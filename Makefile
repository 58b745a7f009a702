# Everything runs in .venv, which is made from a bare Python >= 3.11: by uv where it is installed, else by venv and pip.
# The package is installed there as a wheel, so that the tests and the demo see what a user gets and not what lies in src.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# A shell that has src on its path would test the wrong code.
unexport PYTHONPATH

VENV := .venv
BIN := $(VENV)/bin
EXTRAS := cli,oauth1,sql,testing
GROUP := dev
# Directories too: taking a module away is a change of its directory.
SOURCES := $(shell find src -name __pycache__ -prune -o -print) README.md LICENSE
UV := $(shell command -v uv 2>/dev/null)
PIP := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet)
# More words for pytest: make test ARGS="tests/model --cov"
ARGS ?=
LICENCES := --format=markdown --with-urls --partial-match --allow-only='MIT;BSD;Apache;ISC;MPL;Mozilla;LGPL;PSF;Python Software Foundation'

.PHONY: help demo test check bench bench-full bench-stages docs tutorial release pictures

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do printf '  make %-13s%s\n' "$$name" "$$text"; done

demo: $(VENV)/.installed  ## the main job, shown on a generated district
	@$(BIN)/oneroster-reconcile demo

# One process a core, each with one thread; sets in one order, so that worlds drawn without chance are the same worlds each time.
test: $(VENV)/.installed  ## all tests and docstring examples, against the installed wheel
	@PYTHONHASHSEED=0 POLARS_MAX_THREADS=1 $(BIN)/pytest --numprocesses auto --dist worksteal --pyargs $(if $(ARGS),$(ARGS),tests oneroster_reconcile)

check: $(VENV)/.dependencies  ## lint, format, types, import contracts, structure, docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	PYTHONPATH=src $(BIN)/lint-imports
	PYTHONPATH=src $(BIN)/pytest tests/test_house.py
	@$(MAKE) --no-print-directory docs

tutorial: $(VENV)/.installed  ## what the tutorial says, done by a script in an empty environment
	@$(BIN)/python .ci/tutorial.py dist/*.whl

# An environment of its own, so that the bill of materials has what a user gets; what leaves this machine is the question of pip-audit alone.
release: $(VENV)/.dependencies  ## sdist and wheel, and what is to be known of them before they are given away (see RELEASING.md)
	@rm -rf dist .venv-release
	$(PIP) --group release
	$(BIN)/python -m build --outdir dist . >/dev/null
	$(BIN)/check-wheel-contents dist/*.whl
	$(BIN)/twine check --strict dist/*
	$(BIN)/python -m venv --without-pip .venv-release
	$(if $(UV),$(UV) pip,$(BIN)/python -m pip --python .venv-release/bin/python) install --quiet $(if $(UV),--python .venv-release/bin/python) "$$(ls dist/*.whl)[$(EXTRAS),fleet,splink]"
	$(BIN)/cyclonedx-py environment --output-file dist/sbom.json .venv-release/bin/python
	$(BIN)/pip-licenses --python .venv-release/bin/python $(LICENCES) --output-file docs/licences.txt
	$(if $(UV),$(UV) pip freeze --python .venv-release/bin/python,$(BIN)/python -m pip --python .venv-release/bin/python freeze) | grep -v oneroster > dist/pinned.txt
	$(BIN)/pip-audit --strict --disable-pip --no-deps --requirement dist/pinned.txt

bench: $(VENV)/.installed  ## the nightly job against scripts that do the same, in minutes (see docs/performance.md)
	$(BIN)/python -m benchmarks $(ARGS)

bench-full: $(VENV)/.installed  ## everything that is measured of the library, up to a million students, which takes long
	$(BIN)/python -m benchmarks --full $(ARGS)

bench-stages: $(VENV)/.installed  ## where the time of a night goes; ARGS="100000 --flame night.svg" draws it, too
	$(PIP) --group bench
	$(BIN)/python -m benchmarks.stages $(ARGS)

# recordlinkage wants an older pandas than the tests do, so that these programs have an environment of their own.
.PHONY: bench-linkage .bench-linkage
bench-linkage:  ## who is who, against Splink and recordlinkage (see docs/identity.md)
	@$(MAKE) --no-print-directory VENV=.venv-linkage GROUP=linkage .bench-linkage

.bench-linkage: $(VENV)/.dependencies
	$(BIN)/python -m benchmarks.linkage $(ARGS)

pictures: $(VENV)/.dependencies  ## take the documentation's pictures of the review page anew, by its tests
	PYTHONPATH=src PICTURES=docs/images $(BIN)/pytest tests/render/test_review_page_in_browser.py -k pictures

docs: $(VENV)/.dependencies  ## build the documentation into docs/_build, where a warning is an error, and look at it
	PYTHONPATH=src $(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build
	PYTHONPATH=src $(BIN)/pytest tests/test_site.py
	@echo "docs/_build/index.html"

# What the project needs, and the project itself in editable form until the wheel takes its place.
$(VENV)/.dependencies: pyproject.toml
	@$(call make-venv)
	$(PIP) --editable '.[$(EXTRAS)]' --group $(GROUP)
	@touch $@

$(VENV)/.installed: $(VENV)/.dependencies $(SOURCES)
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	$(PIP) --no-deps --force-reinstall dist/*.whl
	@touch $@

# An environment that is there and runs is kept: only what is missing is installed into it.
define make-venv
if ! $(BIN)/python -c '' 2>/dev/null; then \
    python=""; \
    for candidate in python3.11 python3 python3.12 python3.13 python3.14; do \
        if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
    done; \
    if [ -n "$(UV)" ]; then $(UV) venv --quiet --clear --python "$${python:-3.11}" $(VENV); \
    elif [ -n "$$python" ]; then "$$python" -m venv --clear $(VENV); $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'; \
    else echo "No Python >= 3.11 was found: install python3.11 with its venv module, or uv." >&2; exit 1; fi; \
fi
endef
