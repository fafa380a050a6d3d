# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#
# Everything a user or a developer runs. `make` lists the targets, V=1 shows the commands.
# Each target sets up what it needs, once; only missing system packages need root.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

# Two targets may want apt-get, and every slow step is already parallel inside.
.NOTPARALLEL:

Q := $(if $(filter 1,$(V)),,@)

SPEC ?=
CASE ?=
ARGS ?=

GO_VERSION := 1.27.3
GO := .cache/go/$(GO_VERSION)/bin/go
PYTHON := .venv/bin/python
PROGRAMS := examples/blog/bin/blog examples/http-server/bin/http-server \
	examples/prometheus/bin/prometheus

# The same source gives the same bytes everywhere: generated/example depends on it.
GO_BUILD := env CGO_ENABLED=0 GOAMD64=v1 GOENV=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local \
	GOWORK=off GOCACHE=$(CURDIR)/.cache/gohome/build GOPATH=$(CURDIR)/.cache/gohome/path \
	$(CURDIR)/$(GO) build -trimpath -buildvcs=false

# Tests read these line by line, and gofmt would give every field a line of its own.
define ONE_LINE
tests/go/abi/main.go
tests/go/sizes/main.go
endef
export ONE_LINE

# Tests that read and compile share the processors; those that trace have the machine to themselves.
# What ARGS chooses may all be in one of the two halves (pytest's exit status 5 says so).
NONE_CHOSEN := test $$? -eq 5 -a -n '$(subst ','\'',$(ARGS))'

# The program of SPEC when SPEC is an example's; nothing otherwise.
PROGRAM = $(filter $(patsubst $(CURDIR)/%,%,$(dir $(abspath $(SPEC))))bin/%,$(PROGRAMS))

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "%s%s\n", seen++ ? "\n" : "", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: deps-build examples/blog/bin/blog ## Set up, build a Go program and its tracer, run both
	$(Q)$(PYTHON) scripts/make-tracer examples/blog/spec.toml
	$(Q)scripts/demo examples/blog/bin/blog generated/blog/blog 5

.PHONY: tracer
tracer: need-SPEC deps-build $(PROGRAM) ## Build the tracer of one spec: make tracer SPEC=path/to/spec.toml
	$(Q)$(PYTHON) scripts/make-tracer "$(SPEC)"

.PHONY: examples
examples: deps-build $(PROGRAMS) ## Build every example's program and tracer
	$(Q)for spec in examples/*/spec.toml; do $(PYTHON) scripts/make-tracer "$$spec"; done

##@ Develop

.PHONY: test
test: deps lint type ## Set up, check and run every test
	$(Q)$(PYTHON) -m pytest -n auto -m "not live" $(ARGS) || $(NONE_CHOSEN)
	$(Q)$(PYTHON) -m pytest -m live $(ARGS) || $(NONE_CHOSEN)

.PHONY: test-matrix
test-matrix: deps ## Check the zoo in every Go version, every way to build it and both machines
	$(Q)GOGEN_MATRIX=all $(PYTHON) -m pytest -q tests/binary/test_matrix.py $(ARGS)

.PHONY: test-every
test-every: deps ## Compare every function of eight Go compilers with nm, objdump and pclntab
	$(Q)GOGEN_EVERY=all $(PYTHON) -m pytest -q tests/binary/test_every_function.py $(ARGS)

.PHONY: test-own
test-own: deps ## Trace the tests of Go's own packages, and compare with Go's coverage
	$(Q)GOGEN_OWN_TESTS=all $(PYTHON) -m pytest -q tests/live/test_own_tests.py $(ARGS)

.PHONY: lint
lint: deps-build $(GO) ## Check Python, Go and C for style
	$(Q).venv/bin/ruff check
	$(Q).venv/bin/ruff format --check
	$(Q)badly=$$($(dir $(GO))gofmt -l examples bench tests/go | grep -vxF "$$ONE_LINE" || true); \
		test -z "$$badly" || { echo "error: gofmt would change:" $$badly >&2; exit 1; }
	$(Q)git ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' ':!*.skel.h' | \
		xargs -0 --no-run-if-empty .venv/bin/clang-format --dry-run -Werror

.PHONY: type
type: deps-build ## Check Python types
	$(Q).venv/bin/mypy

.PHONY: golden
golden: need-CASE deps-build ## Accept what a golden test sees: make golden CASE=name
	$(Q)$(PYTHON) -m pytest -q -m "not live" -k "$(CASE)" --update-golden

.PHONY: fuzz-live
fuzz-live: deps ## Trace random programs of five Go versions, and compare with their own account
	$(Q)GOGEN_ORACLE=20 GOGEN_VM=all GOGEN_GO_VERSIONS="1.21.13 1.24.11 1.26.6" \
		$(PYTHON) -m pytest -q tests/live/test_oracle.py tests/guest/test_random.py $(ARGS)

.PHONY: fuzz
fuzz: deps ## Read 20,000 damaged binaries
	$(Q)GOGEN_FUZZ=20000 $(PYTHON) -m pytest -q -s tests/fuzz $(ARGS)

.PHONY: test-vm
test-vm: deps ## Trace more in virtual machines: kernel 6.1, amd64 and arm64
	$(Q)GOGEN_VM=all $(PYTHON) -m pytest -q tests/guest $(ARGS)

.PHONY: soak
soak: deps ## Trace a server under load for half an hour, and kill tracers 400 times
	$(Q)GOGEN_SOAK=1800 GOGEN_KILLS=400 \
		$(PYTHON) -m pytest -q tests/live/test_soak.py tests/live/test_killed.py $(ARGS)

.PHONY: check-generated
check-generated: deps-build examples/blog/bin/blog ## Check that generated/example is current
	$(Q)$(PYTHON) -m gogen emit examples/blog/example.toml
	$(Q)test -z "$$(git status --porcelain -- generated/example)" || \
		{ git --no-pager diff -- generated/example; \
		echo "error: generated/example was not current and now is - commit it" >&2; exit 1; }

.PHONY: bench
bench: deps examples/blog/bin/blog ## Measure gogen against its peers
	$(Q)scripts/get-packages bench --quiet
	$(Q)scripts/get-venv bench
	$(Q)$(PYTHON) bench/run.py $(ARGS)

.PHONY: bench-plot
bench-plot: deps-build ## Draw the last measurements again
	$(Q)scripts/get-venv bench
	$(Q)$(PYTHON) bench/plot.py

.PHONY: clean
clean: ## Remove what was built; keep what was downloaded
	$(Q)find generated -mindepth 1 -maxdepth 1 ! -name example -exec rm -rf {} +
	$(Q)rm -rf examples/*/bin tests/observed build dist .mypy_cache .pytest_cache .ruff_cache
	$(Q)rm -rf .hypothesis .cache/gobuild .cache/gohome .cache/tracers .cache/tracer-inputs

.PHONY: need-SPEC need-CASE
need-SPEC:
	$(Q)test -n "$(SPEC)" || { echo "error: no spec given - make tracer SPEC=path/to/spec.toml" >&2; exit 2; }
need-CASE:
	$(Q)test -n "$(CASE)" || { echo "error: no case given - make golden CASE=name" >&2; exit 2; }

##@ Set up

.PHONY: deps
deps: packages-test .venv/made $(GO) ## Install what is missing, for building and for the tests
	$(Q)echo "virtual environment: .venv, with $$($(PYTHON) --version)"
	$(Q)echo "Go: $$($(GO) version)"

.PHONY: deps-build
deps-build: packages-build .venv/made

.PHONY: packages-build packages-test
packages-build:
	$(Q)scripts/get-packages build --quiet
packages-test:
	$(Q)scripts/get-packages vm

# The stamp lies in what it stands for, so that removing .venv is a way to begin again.
.venv/made: pyproject.toml scripts/get-venv | packages-build
	$(Q)scripts/get-venv
	$(Q)touch $@

$(GO): | .venv/made
	$(Q)scripts/get-go $(GO_VERSION) >/dev/null

examples/blog/bin/blog: examples/blog/main.go examples/blog/go.mod Makefile | $(GO)
	$(Q)mkdir -p $(@D)
	$(Q)cd examples/blog && $(GO_BUILD) -o bin/blog .

examples/http-server/bin/http-server: examples/http-server/main.go examples/http-server/go.mod Makefile | $(GO)
	$(Q)mkdir -p $(@D)
	$(Q)cd examples/http-server && $(GO_BUILD) -o bin/http-server .

examples/prometheus/bin/prometheus: scripts/get-prometheus
	$(Q)mkdir -p $(@D)
	$(Q)cp "$$(scripts/get-prometheus)" $@
