# `make` alone lists the targets. ARGS="..." is passed to the command of a target.
.DEFAULT_GOAL := help
.PHONY: help lab demo hub test test-fast test-long build new-exercise weights site lock clean install install-tests

# Another Python: make lab PYTHON=python3.12. With PYTHON=... exactly this one is used, or the
# set-up fails. Otherwise tools/setup/install.py looks for a supported one.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	command -v $$name && break; done)
ifneq ($(origin PYTHON),file)
  THIS_PYTHON := --this-python
endif

BIN := $(CURDIR)/.venv/bin
# nbgrader looks for `alembic` on PATH.
RUN := PATH="$(BIN):$$PATH"

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# nbgrader's extensions load their configuration with the students' folder as working
# directory, hence JUPYTER_CONFIG_PATH; formgrader wants the course below root_dir.
lab: install ## open the lectures in JupyterLab (ARGS="--no-browser --port 8899")
	@if [ "$$(id -u)" = 0 ]; then \
	  echo "Running as root: JupyterLab gets --allow-root."; root=--allow-root; \
	fi; \
	export JUPYTER_CONFIG_PATH="$(CURDIR)$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}"; \
	$(RUN) exec jupyter-lab --ServerApp.root_dir="$(CURDIR)" \
	  --LabApp.default_url=/lab/tree/notebooks/index.ipynb $$root $(ARGS)

demo: install ## grade a sample class and write its report (ARGS="--students 30")
	@$(RUN) python -m autograder demo $(ARGS)

# Two processes: a test waits as often as it computes. tests/support/sharing.py says who goes where.
SHARED := --numprocesses 2 --dist loadscope --no-loadscope-reorder

test: install-tests ## run everything that CI runs (ARGS="-k losses")
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) python -m autograder build --check
	@$(RUN) python -m pytest $(SHARED) -m "not long" $(ARGS)

test-long: install-tests ## run the tests with many seeds and much fuzzing, for an hour
	@$(RUN) python -m pytest $(SHARED) -m long $(ARGS)

test-fast: install-tests ## run the tests that are not slow
	@$(RUN) python -m pytest $(SHARED) -m "not slow and not long" $(ARGS)

hub: ## JupyterHub for a class, as root (ARGS="install --instructor teacher")
	@PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" tools/hub/hub.py $(if $(ARGS),$(ARGS),--help)

build: install ## build the notebooks from their text
	@$(RUN) python -m autograder build $(ARGS)

new-exercise: install ## start an exercise (NAME=reconstruction_error ASSIGNMENT=a2_vae)
	@$(RUN) python -m autograder new-exercise "$(NAME)" --assignment "$(ASSIGNMENT)" $(ARGS)

site: install-tests ## build the web site in site/, and execute lectures where necessary
	@$(RUN) python tools/site/build_site.py $(ARGS)

weights: install ## train the files in course/weights, for hours (ARGS="--list")
	@$(RUN) python tools/weights/train_weights.py $(ARGS)

# One version of each package for all Pythons and platforms, so that all get the same numbers.
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $(RUN) uv pip compile --quiet --universal \
	--fork-strategy fewest --python-version 3.11 --no-annotate
lock: install ## pin the versions that pyproject.toml allows (ARGS="--upgrade")
	@$(LOCK) pyproject.toml --output-file requirements.txt $(ARGS)
	@$(LOCK) --group test --constraint requirements.txt --output-file tests/requirements.txt $(ARGS)
	@printf '# The course itself.\n-e .\n' >> requirements.txt

clean: ## delete .venv, caches and site, but no notebooks, submissions or gradebooks
	rm -rf .venv .pytest_cache .ruff_cache .executed .screenshots site *.egg-info

INSTALL = $(if $(PYTHON),"$(PYTHON)" tools/setup/install.py $(THIS_PYTHON),echo "Set-up failed: \
  no python3 on PATH; install Python 3.11, 3.12 or 3.13." >&2; exit 1;)
install: ## only install .venv
	@$(INSTALL)

install-tests: ## install .venv with what tests, site and benchmarks need
	@$(INSTALL) --tests
