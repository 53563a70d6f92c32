# The two commands of README.md: `make demo` and `make test`. Both make .venv on first use.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
CONSTRAINTS := -c constraints.txt

.PHONY: demo test lint types docs dist clean

demo: $(VENV)/installed
	$(BIN)/polychrony demo

test: lint types
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# An editable install hides behind an import hook that type checkers do not follow: they check a
# tree laid out as it is installed.
types: $(VENV)/installed-dev
	$(BIN)/python tests/packaging/typecheck.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# torch first and pinned: a looser request may bring another build, with gigabytes of CUDA.
$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install $(CONSTRAINTS) torch
	$(PIP) install $(CONSTRAINTS) -e .
	touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install $(CONSTRAINTS) torch
	$(PIP) install $(CONSTRAINTS) -e '.[dev]'
	touch $@

# The site in site/; a warning is an error.
docs: $(VENV)/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The wheel and the source archive of the last commit, the same bytes for whoever builds them.
dist: $(VENV)/installed-dev
	$(BIN)/python tests/packaging/release.py

clean:
	rm -rf $(VENV) build dist site *.egg-info
