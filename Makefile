# Two commands: make run, make test. Everything they need is fetched on the first run and kept.
PYTHON ?= python3
VENV = .venv/bin/python
lower = $(shell echo "$(1)" | tr '[:upper:]' '[:lower:]')
on = $(filter 1 true yes on,$(call lower,$(1)))

# Whatever the shell says: these commands start dozens of processes, and each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run check test test-timing drill bench schemathesis fuzz picture compare setup setup-dev lint

help:
	@echo "make run              start CryptoHub on http://127.0.0.1:8000 (PORT=, HOST=); Ctrl-C stops it"
	@echo "make run SANDBOX=1    the same, offline, against fake providers on this machine"
	@echo "make check            format, lint, types, import contracts and the pure tests: under a minute"
	@echo "make test             every check and every test"
	@echo "make test-timing      the tests marked relaxed_timing, one after another, with the timeouts that ship (idle machine)"
	@echo "make drill            rehearse failures against the sandbox and print what was measured"
	@echo "make schemathesis     hold the API against its own description, with many random requests (EXAMPLES=)"
	@echo "make fuzz             hostile requests, damaged payloads and schemathesis, for SECONDS= each (60; SEED= repeats a run)"
	@echo "make picture          structure in figures: folders, imports, circles, lengths (BEFORE= an earlier checkout)"
	@echo "make compare          bench and short drill beside an earlier checkout, in alternation (BEFORE=)"
	@echo "make bench            measure warm answers beside a bare application on the same server"

setup:
	@$(PYTHON) -m cryptohub.bootstrap

setup-dev:
	@$(PYTHON) -m cryptohub.bootstrap --dev

run: setup
	$(if $(filter-out 1 true yes on 0 false no off,$(call lower,$(SANDBOX))),$(error CryptoHub cannot start: SANDBOX is '$(SANDBOX)'; allowed: 1 or 0 (also true/false, yes/no, on/off)))
	@exec $(VENV) -m cryptohub.launch $(if $(PORT),--port "$(PORT)") $(if $(HOST),--host "$(HOST)") $(if $(call on,$(SANDBOX)),--sandbox)

drill: setup
	@exec $(VENV) manage.py drill $(DRILL)

schemathesis: setup-dev
	@SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),100) $(VENV) -m pytest tests/walk/test_schemathesis.py $(PYTEST)

# Each part for so many seconds; schemathesis by its number of examples, about as long.
SECONDS ?= 60
fuzz: setup-dev
	@FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$(or $(SEED),$(shell date +%s)) \
		SCHEMATHESIS_EXAMPLES=$$(( $(SECONDS) / 5 + 1 )) \
		$(VENV) -m pytest -s tests/fuzz tests/walk/test_schemathesis.py tests/cryptohub/test_hostile_requests.py $(PYTEST)

bench: setup
	@exec $(VENV) manage.py bench $(BENCH)

compare: setup
	@$(VENV) -m cryptohub.tools.compare $(BEFORE) $(COMPARE)

picture: setup
	@$(VENV) -m cryptohub.tools.picture $(BEFORE)

lint: setup-dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy --num-workers auto
	@.venv/bin/lint-imports

# First, with most of the machine to itself, what counts calls in processes of its own, beside what mostly waits; then
# all others, at least four at once, as many of them wait too. Each part whatever the one before says.
FIRST = tests/cryptohub/tools/drill tests/providers/engine
WORKERS = $(shell n=$$(getconf _NPROCESSORS_ONLN); [ "$$n" -gt 4 ] && echo "$$n" || echo 4)
PYTESTS = $(VENV) -m pytest --dist loadgroup

check: lint
	@$(PYTESTS) -n auto -m pure $(PYTEST)

test: lint
	@failed=0; \
	$(PYTESTS) -n 2 $(FIRST) $(PYTEST) || failed=1; \
	$(PYTESTS) -n $(WORKERS) $(addprefix --ignore=,$(FIRST)) $(PYTEST) || failed=1; \
	exit $$failed

test-timing: setup-dev
	@$(VENV) -m pytest --shipped-timing -m relaxed_timing $(PYTEST)
