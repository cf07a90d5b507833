# `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# Programs that are installed carry Swift's libraries in them: the machine they run on needs no Swift.
RELEASE := -c release --static-swift-stdlib
PROGRAMS := manicule manicule-client
SOURCES := $(wildcard Sources Tests Benchmarks sql) Package.swift
SCRIPTS := .ci/run Tests/with-postgres $(wildcard Benchmarks/run scripts/* config/docker/*.sh)
# Only tests whose names match this regular expression: make test FILTER=Conflict
FILTER ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: dependencies build ## Start a server with its own PostgreSQL and play the main job once; Ctrl-C stops all
	@MANICULE_BIN_DIR="$$($(SWIFT) build $(RELEASE) --show-bin-path)" scripts/demo

# The tests' shared PostgreSQL is thrown away at the end and need not survive a power cut. Tests of durability run
# clusters of their own, with PostgreSQL's defaults.
test: export MANICULE_TEST_FSYNC ?= off
# Tests run side by side in one process; more of them at once than this only wait for each other.
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8

.PHONY: test
test: dependencies build-tests ## Run all tests (or those of FILTER=) on a PostgreSQL of their own
	@bin="$$($(SWIFT) build --show-bin-path)"; \
	MANICULE_BIN_DIR="$$bin" Tests/with-postgres $(SWIFT) test --skip-build $(if $(FILTER),--filter '$(FILTER)')

.PHONY: lint
lint: ## Check the style of the code and the syntax of the scripts
	$(SWIFT) format lint --strict --recursive --parallel --configuration .swift-format $(SOURCES)
	@for script in $(SCRIPTS); do bash -n "$$script"; done

.PHONY: format
format: ## Rewrite the code in that style
	$(SWIFT) format --in-place --recursive --parallel --configuration .swift-format $(SOURCES)

.PHONY: build
build: ## Build the two programs for release
	@for program in $(PROGRAMS); do $(SWIFT) build $(RELEASE) --product "$$program"; done

.PHONY: build-tests
build-tests: ## Build everything for debugging, with the tests
	$(SWIFT) build --build-tests

.PHONY: install
install: build ## Install the two programs below PREFIX= (/usr/local)
	@bin="$$($(SWIFT) build $(RELEASE) --show-bin-path)"; \
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/doc/manicule"; \
	for program in $(PROGRAMS); do install -m 755 "$$bin/$$program" "$(DESTDIR)$(PREFIX)/bin/$$program"; done; \
	install -m 644 README.md CHANGELOG.md LICENSE NOTICE config/*.json "$(DESTDIR)$(PREFIX)/share/doc/manicule"
	@echo "Installed $(PROGRAMS) in $(DESTDIR)$(PREFIX)/bin"

.PHONY: uninstall
uninstall: ## Remove what `make install` with the same PREFIX= has installed
	rm -f $(PROGRAMS:%="$(DESTDIR)$(PREFIX)/bin/%")
	rm -rf "$(DESTDIR)$(PREFIX)/share/doc/manicule"

.PHONY: test-api
test-api: dependencies ## Try every operation of the API with made-up requests (SEED=, EXAMPLES=; schemathesis, from PyPI)
	$(SWIFT) build --product manicule
	@MANICULE_BIN_DIR="$$($(SWIFT) build --show-bin-path)" scripts/test-api

.PHONY: test-install
test-install: dependencies ## Install into a new folder and play the main job once with what is there
	@scripts/test-install

.PHONY: bench
bench: dependencies ## Measure, each figure beside its reference in the same run (ARGS= as in Benchmarks/run --help)
	@Benchmarks/run $(ARGS)

.PHONY: sanitize
sanitize: dependencies ## Run the driver's tests under the thread and the address sanitizer (ARGS=thread for one of them)
	@scripts/sanitize $(ARGS)

.PHONY: documentation
documentation: ## Build the documentation from the DocC catalogue into .build/documentation
	@mkdir -p .build
	docc convert Sources/ManiculeDocumentation/Manicule.docc --output-path .build/documentation \
		--fallback-display-name Manicule --fallback-bundle-identifier manicule --warnings-as-errors

.PHONY: dependencies
dependencies: ## Install the Debian packages that are missing
	@scripts/install-dependencies

.PHONY: clean
clean: ## Remove all that was built
	rm -rf .build .build-tsan .build-asan
