# Needs python3 (3.11 or newer) with venv, and make. `make run` starts the product, `make test` tests it.
PYTHON ?= python3
BIN := .venv/bin
export NUTSHELL_DATA ?= $(CURDIR)/.nutshell

.PHONY: sbom leaks wheel report evidence run demo test bench chaos failover attack upgrade machines recovery drill lint words setup setup-dev lock

run: setup
	@$(BIN)/nutshell up

demo: setup
	@$(BIN)/nutshell up --demo

test: setup-dev
	@PYTEST="$(BIN)/python -m pytest" PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/run

bench: setup-dev
	@$(BIN)/python -m bench

# Kills each part of the production stack under load. Needs PostgreSQL.
chaos: setup-dev
	@$(BIN)/python -m bench.chaos --evidence docs/evidence

# Kills the primary of a pair of databases. Needs root, PostgreSQL, etcd-server, openssl and patroni in PATH.
failover: setup-dev
	@$(BIN)/python -m bench.failover --evidence docs/evidence

# Real tools attack the production stack, signed in. Takes half an hour; needs PostgreSQL.
attack: setup-dev .venv-attack/installed .venv-attack-wapiti/installed
	@$(BIN)/python -m tests.attack --evidence docs/evidence

# Goes over to another version, part by part, under load. Needs PostgreSQL.
upgrade: setup-dev
	@$(BIN)/python -m bench.upgrade --evidence docs/evidence

# Starts what `nutshell deploy` renders on machines that are network namespaces. Needs root, PostgreSQL and nftables.
machines: setup-dev
	@$(BIN)/python -m tests.machines docs/evidence

# Takes the production stack back to a noted time. Needs PostgreSQL, whose user must reach this folder and its Python.
recovery: setup-dev
	@$(BIN)/python -m bench.recovery --evidence docs/evidence

# Rehearses incidents, each on an installation made for it; fails where a deadline was missed.
drill: setup
	@$(BIN)/nutshell incident drill

lint: setup-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/lint

# Every package that is shipped, as CycloneDX with hashes, and their licences. Ends with 1 for a licence that does not fit.
CYCLONEDX := $(BIN)/cyclonedx-py
SBOM := dist/sbom.json
sbom:
	@mkdir -p $(dir $(SBOM))
	@$(CYCLONEDX) requirements requirements.txt --pyproject pyproject.toml --output-reproducible -o $(SBOM) 2>/dev/null
	@$(BIN)/python -m tests.supply licences > $(SBOM:.json=.licences)

# Looks for passwords and keys in the product's own folders.
leaks: setup-dev
	@$(BIN)/python -m tests.supply secrets

# The same source makes the same bytes, wherever it lies and whenever it is made.
wheel: setup-dev
	@$(BIN)/python -m hatchling build -t wheel
	@sha256sum dist/*.whl

# After `make test` and before a release: what was shown goes into the package, for its security page.
evidence: setup-dev
	@CI=true $(BIN)/python -m tests.claims --keep

# The self-assessment against standards, from the last run of the tests.
report: setup
	@$(BIN)/nutshell compliance report --out test-results

# Collects the texts, updates and compiles their translations, and says what lacks one.
words: setup-dev
	@$(BIN)/python -m tests.words

setup: .venv/run-installed

setup-dev: .venv/dev-installed

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run-installed: requirements.txt pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev-installed: requirements-dev.txt .venv/run-installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# What the tools need contradicts what the product needs, and what wapiti needs the others.
.venv-attack/installed: requirements-attack.txt
.venv-attack-wapiti/installed: requirements-attack-wapiti.txt
.venv-attack/installed .venv-attack-wapiti/installed:
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Newer versions of everything, within what pyproject.toml allows. No index or folder of one machine is written.
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

group = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["$(1)"], sep="\n")'

lock:
	@$(COMPILE) --output-file requirements.txt requirements.in pyproject.toml
	@$(call group,dev) | $(COMPILE) --constraint requirements.txt --output-file requirements-dev.txt -
	@$(call group,attack) | $(COMPILE) --output-file requirements-attack.txt -
	@$(call group,attack-wapiti) | $(COMPILE) --output-file requirements-attack-wapiti.txt -
