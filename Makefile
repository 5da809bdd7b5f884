# Two commands: `make demo` and `make test`. Both set up everything that they need inside this checkout
# (virtual environments, wheels) and in a cache folder outside of it (Keycloak).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Where Keycloak is unpacked: kept between checkouts, never needed for correctness.
export RELYANT_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/relyant
PROFILE ?= demo
PYTHON := $(shell .ci/find-python 3.11 3.12 3.13 3.14 3.10)
VENV := .venv
BIN := $(VENV)/bin
WHEELS := dist/$(PROFILE)
RELEASE := dist/release
RUST_SOURCES := $(shell find crates -type f -not -path '*/tests/*') Cargo.toml Cargo.lock rust-toolchain.toml
PYTHON_SOURCES := $(shell find python -type f -not -name '*.so' -not -name '*.pyc' -not -path '*/.*')

# Runs the example `verdict` of relyant-jose beside its peers.
DIFFERENTIAL = cargo build -q --locked -p relyant-jose --example verdict && \
	.venv-differential/bin/python tests/differential/run.py "$${CARGO_TARGET_DIR:-target}/debug/examples/verdict"
# How long each fuzz target runs. Bash has a variable SECONDS of its own, which is not exported.
FUZZ_SECONDS = $(or $(SECONDS),60)

# Django and Python versions that one wheel serves: DJANGO@PYTHON.
MATRIX := 3.2@3.10 4.2@3.11 5.2@3.12 6.0@3.12 6.1@3.13

.PHONY: help setup demo test check fmt lint types walls test-rust test-differential test-matrix test-keycloak test-second-provider test-browser test-databases test-nodes wheels test-wheels docs test-docs messages differential fuzz coverage mutants timing bench clean need-rust need-python

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

need-rust:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it with rustup (https://rustup.rs), then run make again."; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing (cc): install gcc or clang, then run make again."; exit 1; }

need-python:
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer is missing (with its venv module): install it, then run make again."; exit 1; }

setup: $(VENV)/ready ## virtual environment with Relyant, the development provider and all tools

$(VENV)/ready: requirements-dev.txt requirements-test.txt $(WHEELS)/ready | need-python
	@echo "== tools and Relyant into $(VENV)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -q -r requirements-dev.txt
	@$(BIN)/python -m pip install -q --force-reinstall --no-deps $(WHEELS)/*.whl
	@touch $@

.venv-build/ready: requirements-build.txt | need-python
	@echo "== build tools into .venv-build"
	@test -x .venv-build/bin/python || "$(PYTHON)" -m venv .venv-build
	@.venv-build/bin/python -m pip install -q -r requirements-build.txt
	@touch $@

$(WHEELS)/ready: $(RUST_SOURCES) $(PYTHON_SOURCES) pyproject.toml crates/relyant-provider/pyproject.toml .venv-build/ready | need-rust
	@echo "== the wheels relyant and relyant-provider, profile $(PROFILE) (the first time takes some minutes)"
	@rm -rf $(WHEELS) && mkdir -p $(WHEELS)
	@.venv-build/bin/maturin build -q --locked --profile $(PROFILE) --compatibility linux --interpreter "$(PYTHON)" --out $(WHEELS)
	@.venv-build/bin/maturin build -q --locked --profile $(PROFILE) --compatibility linux -m crates/relyant-provider/Cargo.toml --out $(WHEELS)
	@touch $@

demo: .venv-demo/ready ## the Beer site with the development provider (PROVIDER=keycloak: with a real Keycloak)
	@exec .venv-demo/bin/python demo/run.py $(if $(PROVIDER),--provider $(PROVIDER))

.venv-demo/ready: $(WHEELS)/ready | need-python
	@echo "== Django and Relyant into .venv-demo"
	@test -x .venv-demo/bin/python || "$(PYTHON)" -m venv .venv-demo
	@.venv-demo/bin/python -m pip install -q "Django>=5.2,<6" && .venv-demo/bin/python -m pip install -q --force-reinstall --no-deps $(WHEELS)/*.whl
	@touch $@

test: check test-rust test-differential test-matrix test-keycloak test-second-provider test-browser test-databases test-nodes test-wheels test-docs ## everything: lints, walls, Rust, a part of the differential run, the Django matrix, a real Keycloak and a second provider, a real browser, PostgreSQL and MariaDB, two nodes of one site, the wheels, the documentation
	@echo "== all tests ran"

check: lint types walls ## what to run before a commit: format, lint, types, walls, fast tests
	@$(BIN)/python -m pytest -q -m "not keycloak" tests --ignore tests/journeys --ignore tests/browser --ignore tests/walls --ignore tests/packaging --ignore tests/docs --ignore tests/second_provider --ignore tests/databases --ignore tests/nodes

fmt: setup ## format Rust and Python
	@cargo fmt --all && $(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

lint: setup ## rustfmt, clippy, ruff
	@echo "== lint"
	@cargo fmt --all -- --check
	@cargo clippy -q --locked --workspace --all-targets -- -D warnings
	@$(BIN)/ruff format -q --check . && $(BIN)/ruff check -q .

types: setup ## mypy strict and stubtest of the binding
	@echo "== types"
	@$(BIN)/mypy
	@MYPYPATH=python $(BIN)/stubtest relyant._core --ignore-disjoint-bases

walls: setup ## the walls between the rooms, as tests
	@cargo fetch -q --locked
	@$(BIN)/python -m pytest -q tests/walls

test-rust: need-rust ## cargo test
	@echo "== cargo test"
	@cargo test -q --locked --workspace --exclude relyant-python

test-differential: .venv-differential/ready need-rust ## a part of the differential run: verdicts beside joserfc's and jwcrypto's
	@echo "== differential, a part"
	@$(DIFFERENTIAL) --bounded

test-matrix: $(foreach cell,$(MATRIX),test-django-$(cell)) ## the Python tests on every supported Django

test-django-%: $(WHEELS)/ready
	@.ci/test-django "$*" "$(WHEELS)"

test-keycloak: setup ## the scenario on a real Keycloak
	@echo "== Keycloak"
	@$(BIN)/python -m pytest -q tests/keycloak

test-second-provider: setup ## the scenario on a provider of another family, npm's oidc-provider
	@echo "== a second provider"
	@.ci/second-provider
	@$(BIN)/python -m pytest -q tests/second_provider

test-browser: .venv-browser/ready ## logins in a real browser, and its accessibility rules; screenshots in tests/browser/screenshots
	@echo "== a real browser"
	@.ci/browser
	@.venv-browser/bin/python -m pytest -q tests/browser

test-databases: .venv-databases/ready ## identities and parallel logins on SQLite, PostgreSQL and MariaDB
	@echo "== real databases"
	@.ci/databases postgresql mariadb
	@.venv-databases/bin/python -m pytest -q tests/databases

test-nodes: .venv-nodes/ready ## a site on two nodes, with gunicorn, PostgreSQL, Redis and a real Keycloak: what ends, ends everywhere
	@echo "== two nodes of one site"
	@.ci/databases postgresql redis
	@.venv-nodes/bin/python -m pytest -q tests/nodes

# Relyant beside what one kind of tests needs.
.venv-browser/ready .venv-databases/ready .venv-nodes/ready: .venv-%/ready: requirements-%.txt requirements-test.txt $(WHEELS)/ready | need-python
	@echo "== Relyant and $< into .venv-$*"
	@test -x .venv-$*/bin/python || "$(PYTHON)" -m venv .venv-$*
	@.venv-$*/bin/python -m pip install -q -r $<
	@.venv-$*/bin/python -m pip install -q --force-reinstall --no-deps $(WHEELS)/*.whl
	@touch $@

wheels: $(RELEASE)/ready ## what is published: sdists and wheels, on Linux for manylinux2014

.venv-build/release: requirements-release.txt .venv-build/ready
	@echo "== zig and the rest of what releases need into .venv-build"
	@.venv-build/bin/python -m pip install -q -r requirements-release.txt
	@touch $@

$(RELEASE)/ready: $(RUST_SOURCES) $(PYTHON_SOURCES) pyproject.toml README.md LICENSE-MIT LICENSE-APACHE .ci/build-wheels .ci/sbom.py .venv-build/release | need-rust
	@echo "== the wheels that are published, into $(RELEASE) (the first time takes some minutes)"
	@rm -rf $(RELEASE)
	@PATH="$(CURDIR)/.venv-build/bin:$$PATH" .ci/build-wheels $(RELEASE)
	@touch $@
	@echo "== what is published is in $(RELEASE)"

test-wheels: setup $(RELEASE)/ready ## what is in the wheels, and the quick start on a machine without Rust
	@echo "== the wheels"
	@$(BIN)/python -m pytest -q tests/packaging

differential: .venv-differential/ready need-rust ## the whole differential run; writes docs/reference/differential.md
	@echo "== differential"
	@$(DIFFERENTIAL)

.venv-differential/ready: tests/differential/requirements.txt | need-python
	@echo "== joserfc and jwcrypto into .venv-differential"
	@test -x .venv-differential/bin/python || "$(PYTHON)" -m venv .venv-differential
	@.venv-differential/bin/python -m pip install -q -r tests/differential/requirements.txt
	@touch $@

fuzz: need-rust ## fuzz targets under libFuzzer, on nightly (TARGET=jws: that one; SECONDS=60 each)
	@.ci/fuzz $(FUZZ_SECONDS) $(TARGET)

coverage: need-rust need-python ## which lines of relyant-jose and relyant-oidc the tests reach, and which not
	@PYTHON="$(PYTHON)" .ci/coverage

mutants: need-rust ## does a test fail for each change of the checks? hours (ONLY=src/jws.rs: of that file)
	@.ci/mutants $(if $(ONLY),--re "$(ONLY)")

timing: need-rust ## whether the time of a refusal tells why: a t value for each comparison of secrets
	@cargo run -q --locked --profile $(PROFILE) -p relyant-bench --bin timing

bench: need-rust need-python ## benchmarks: ratios to the limit and to peers
	@bench/run.sh

docs: setup .venv-docs/ready ## the documentation: its generated pages, and the site in docs/_build/html
	@DJANGO_SETTINGS_MODULE=tests.project.settings $(BIN)/python docs/generate.py
	@.venv-docs/bin/sphinx-build -q -E -n -W --keep-going -b html docs docs/_build/html
	@echo "== the site is in docs/_build/html/index.html"

.venv-docs/ready: requirements-docs.txt | need-python
	@echo "== Sphinx into .venv-docs"
	@test -x .venv-docs/bin/python || "$(PYTHON)" -m venv .venv-docs
	@.venv-docs/bin/python -m pip install -q -r requirements-docs.txt
	@touch $@

test-docs: docs ## the site's links, and every command and file of the tutorial and the how-tos
	@echo "== the documentation"
	@.ci/web-servers
	@$(BIN)/python -m pytest -q tests/docs

messages: setup ## bring the translations up to date with the texts in the sources (needs GNU gettext)
	@PYTHON="$(CURDIR)/$(BIN)/python" .ci/messages

clean: ## remove what the targets made inside this checkout
	@rm -rf target dist .venv .venv-* .pytest_cache .mypy_cache .ruff_cache python/relyant/*.so tests/browser/node_modules tests/browser/screenshots
