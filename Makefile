# Every way of working on and with Cometwatch. `make` alone lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2
TEST_WORKERS ?= 3

# The project and its own environment alone; texts are UTF-8 whatever the locale says.
export PYTHONPATH := $(CURDIR)
export PYTHONNOUSERSITE := 1
export PYTHONUTF8 := 1
unexport PSYCOPG_IMPL PSYCOPG_WAIT_FUNC PYTHONASYNCIODEBUG PYTHONDEBUG PYTHONDEVMODE PYTHONDONTWRITEBYTECODE PYTHONHOME
unexport PYTHONINSPECT PYTHONINTMAXSTRDIGITS PYTHONIOENCODING PYTHONOPTIMIZE PYTHONPLATLIBDIR PYTHONPROFILEIMPORTTIME
unexport PYTHONSAFEPATH PYTHONSTARTUP PYTHONTRACEMALLOC PYTHONUSERBASE PYTHONVERBOSE PYTHONWARNINGS VIRTUAL_ENV CONDA_PREFIX
unexport BASH_ENV ENV CDPATH GREP_OPTIONS

.PHONY: help run airflow check dates hook test test-thorough bench packages screenshots assets up down status setup extra demo accounts-check accounts-authorize accounts-login accounts-clear reconcile research-export research-clear research-quality backtest export filters faults scale-test lint format types lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# CONF goes there in the environment, as typed, as ARGS does below; so does the name.
run: export DAG := $(value DAG)
run: export CONF := $(value CONF)
run: $(if $(filter account_analytics,$(value DAG)),$(VENV)/.extra-analytics) $(if $(filter video_research,$(value DAG)),$(VENV)/.extra-media) $(STAMP) ## run a pipeline once and print its report (PostgreSQL and sandbox included): DAG=comets CONF='{…}'
	@$(BIN)/python -m include.local run

up: $(STAMP) ## start PostgreSQL, the sandbox and Airflow in the background
	@$(BIN)/python -m include.local up

down: $(STAMP) ## stop what `make up` started; data stays
	@$(BIN)/python -m include.local down

status: $(STAMP) ## say what runs
	@$(BIN)/python -m include.local status

# ARGS goes there in the environment, as typed: quotation marks and braces in it mean nothing to this shell.
airflow: export ARGS := $(value ARGS)
airflow: $(STAMP) ## run a command of Airflow against what `make up` started: ARGS="backfill create …"
	@$(BIN)/python -m include.local airflow

setup: $(STAMP) ## make or update the pipeline's tables
	@$(BIN)/python -m include.local setup

extra: ## install an optional part, unless it is: NAME=cloud|analytics|media|browser|users
	@[ -f "requirements-$(NAME).in" ] || { echo "Say which part: make extra NAME=cloud (or analytics, media, browser, users)" >&2; exit 1; }
	@$(MAKE) --no-print-directory "$(VENV)/.extra-$(NAME)"

demo: $(VENV)/.extra-analytics up ## as `make up`, and, in an empty embedded database, sixty days of creators, a year of accounts and a small library, made up
	@$(BIN)/python -m include.local.demo
	@$(BIN)/python -m include.local.demo_accounts
	@$(BIN)/python -m include.local.demo_research

accounts-check: export FILE := $(value FILE)
accounts-check: $(VENV)/.extra-analytics ## say what a file downloaded from TikTok is, and store nothing: FILE=~/Downloads/…
	@$(BIN)/python -m include.local accounts-check

research-quality: $(VENV)/.extra-media ## how right processing is, on clips whose truth is known: FORMAT=table|json
	@FORMAT=$(FORMAT) $(BIN)/python -m include.local.research_quality

# CODE goes there in the environment, as pasted: an address is full of letters that mean something to this shell.
accounts-authorize: export ACCOUNT := $(value ACCOUNT)
accounts-authorize: export CODE := $(value CODE)
accounts-authorize: $(VENV)/.extra-analytics ## let an account's owner agree that TikTok's API gives its numbers: ACCOUNT=my.shop
	@$(BIN)/python -m include.local accounts-authorize

accounts-login: export ACCOUNT := $(value ACCOUNT)
accounts-login: export STATE := $(value STATE)
accounts-login: $(VENV)/.extra-browser ## log in at TikTok for an account whose exports a browser fetches (experimental): ACCOUNT=handle STATE=file.json
	@$(BIN)/python -m include.local accounts-login

accounts-clear: $(VENV)/.extra-analytics ## remove what came from made-up exports
	@$(BIN)/python -m include.local accounts-clear

reconcile: $(STAMP) ## mend files of videos without a row, and rows without files
	@$(BIN)/python -m include.local reconcile

research-export: $(STAMP) ## write progress.json, failures.json and library.csv of research: TO=folder
	@TO="$(TO)" $(BIN)/python -m include.local research-export

research-clear: $(STAMP) ## remove what came of made-up questions
	@$(BIN)/python -m include.local research-clear

backtest: $(STAMP) ## how often the breakout score was right: DAYS_AHEAD=7 FORMAT=table|json
	@DAYS_AHEAD=$(DAYS_AHEAD) FORMAT=$(FORMAT) $(BIN)/python -m include.local.backtest

export: $(STAMP) ## write a month's snapshots, verdicts and trends as files: MONTH=2026-11 FORMAT=csv|parquet TO=folder
	@MONTH="$(MONTH)" FORMAT="$(FORMAT)" TO="$(TO)" $(BIN)/python -m include.local export

filters: $(STAMP) ## precision and recall of the context layers: LABELS=folder FORMAT=table|json
	@FORMAT=$(or $(FORMAT),table) $(BIN)/python -m plugins.filters.report $(LABELS)

# Three at a time on two cores, each test file in one of them: much of a test's time is waiting for servers to start and days
# to pass.
# The faults are played after that, two at a time: they watch the rate limit to the call, on leases of a second.
# With ARGS nothing is left out: what is named is played, thorough or not.
test: export EXAMPLES := $(if $(ARGS),all)
test: $(VENV)/.extra-tests packages ## the tests, something of every kind in them: ARGS="tests/plugins -k face" for some of all there are
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile $(if $(ARGS),$(ARGS),-m "not thorough" --ignore=tests/faults)
	@$(if $(ARGS),,$(BIN)/python -m pytest -n 2 --dist load -m "not thorough" tests/faults)

# Properties are played here as well: with all their examples, where the others try a quarter of them.
test-thorough: export EXAMPLES := all
test-thorough: $(VENV)/.extra-tests packages ## the tests that take long because they leave nothing out: what `make test` does in part
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile -m "thorough or hypothesis" --ignore=tests/faults
	@$(BIN)/python -m pytest -n 2 --dist load -m thorough tests/faults

# Everything that needs neither a server nor Airflow: style, types, and most tests, in less than a minute.
check: $(VENV)/.extra-analytics ## the fast lane: lint, types, and the tests that need no server
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not server and not thorough" tests

hook: ## let git run `make check` before each push
	git config core.hooksPath include/local/hooks

dates: $(VENV)/.extra-analytics packages ## the fast lane and the sandbox's tests on other days, in other zones: AT=all or "2028-02-29T00:10+00:00@America/St_Johns"
	@$(BIN)/python -m tests.other_days $(AT)

# Debian's packages that some tests use; without them, and without the right to install them, those tests are skipped.
packages:
	@bash include/local/packages.sh redis-server pgbouncer chromium-headless-shell fonts-noto-color-emoji faketime

fuzz: $(STAMP) ## fuzz the answer parsers for SECONDS (600); needs a Python that atheris has a wheel for
	@$(BIN)/python -m pip install --quiet atheris && $(BIN)/python -m tests.fuzz.answers -max_total_time=$(or $(SECONDS),600)

screenshots: $(STAMP) ## take the documents' pictures anew, of the Airflow that `make demo` started
	@bash include/local/packages.sh chromium-headless-shell fonts-noto-color-emoji fonts-noto-core fonts-noto-cjk
	@$(BIN)/python -m tests.screenshots

assets: $(STAMP) ## bring the pages' style sheet and chart library anew, as pinned in include/local/assets.py (needs npm)
	@$(BIN)/python -m include.local.assets

faults: $(STAMP) ## inject every fault and ask all invariants: ROUNDS=1 SEED=1 ONLY=F01,F07 FORMAT=table|json AIRFLOW=0|1
	@ROUNDS=$(ROUNDS) SEED=$(SEED) ONLY=$(ONLY) FORMAT=$(FORMAT) AIRFLOW=$(AIRFLOW) $(BIN)/python -m tests.faults

scale-test: $(STAMP) packages ## two Celery workers share a day, one is killed in the middle: FORMAT=table|json
	@FORMAT=$(FORMAT) $(BIN)/python -m tests.scale

bench: $(VENV)/.extra-analytics ## how fast it is, in one table: ONLY=name SIZE=quick|usual|full FORMAT=table|json
	@ONLY=$(ONLY) SIZE=$(SIZE) FORMAT=$(FORMAT) $(BIN)/python -m benchmarks

lint: $(STAMP) ## check style of Python and SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/sqruff lint sql

format: $(STAMP) ## rewrite the Python files in the house style
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .

types: $(VENV)/.extra-analytics ## check types
	@$(BIN)/mypy include plugins dags

lock: $(STAMP) ## resolve requirements*.in anew into requirements*.txt
	@$(BIN)/python -m include.local.lock

# A folder named by COMETWATCH_LOCAL is not removed: it may hold more than this project's files.
clean: ## remove .venv and .local (all local data!), once nothing runs any more
	@if [ -x $(BIN)/python ] && [ -d .local ]; then COMETWATCH_LOCAL= $(BIN)/python -m include.local down; fi
	@"$$([ -x $(BIN)/python ] && echo $(BIN)/python || echo "$(PYTHON)")" -m include.local.outside
	rm -rf $(VENV) .local

# The environment: made once, and again when what it is made from changes.
$(STAMP): requirements.txt requirements-dev.txt include/local/install.sh
	@bash include/local/install.sh "$(PYTHON)" "$(VENV)"
	@touch $@

# An optional part: a target that needs one depends on its stamp, e.g. $(VENV)/.extra-cloud.
$(VENV)/.extra-%: requirements-%.txt $(STAMP)
	@bash include/local/install.sh "$(PYTHON)" "$(VENV)" "$*"
	@touch $@
