# What a person does with this repository. `make help` lists it.

.DEFAULT_GOAL := help
.PHONY: help build test fuzz walk mutants soak demo bench lint clean packages-build packages-test \
	packages-bench packages-soak

# One set of flags for everything, so that nothing is built twice: the tests look into the
# release build, which is also what the demo runs and the benchmark measures.
FLAGS := -c release -Xswiftc -enable-testing
PRODUCTS := .build/release
WAITING := SharedDatabaseTests|KernelTests|HealthTests|ControllerTests

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

build: packages-build ## build everything, tests included (about 6 minutes the first time)
	@command -v swift >/dev/null || { echo "Swift 6.2 or later: swift.org/install" >&2; exit 1; }
	swift build $(FLAGS) --build-tests

test: packages-test lint build ## check the style, then run all tests: what CI runs
	swift test $(FLAGS) --skip-build --disable-xctest --skip '^(Scenarios|$(WAITING))\.'
	@# These wait for other programs, or for time: side by side they would keep the others' threads.
	swift test $(FLAGS) --skip-build --disable-xctest --no-parallel --filter '^($(WAITING))\.'
	@# Scenarios start processes and measure time: one after the other, on a quiet machine.
	swift test $(FLAGS) --skip-build --disable-xctest --no-parallel --filter '^Scenarios\.'

SECONDS ?= 60
fuzz: packages-build ## fuzz each target for SECONDS=60, in a build of its own
	Tests/Fuzz/run $(SECONDS)

MINUTES ?= 30
walk: build ## let processes die at random steps of switches for MINUTES=30
	BASCULE_WALK_MINUTES=$(MINUTES) \
		swift test $(FLAGS) --skip-build --disable-xctest --filter '^Scenarios\.CrashWalk'

mutants: packages-build ## take weighty lines out, one by one: some test has to fail (hours)
	python3 -B Tests/Mutations/mutate.py

soak: packages-soak build walk ## the walk, then random faults under load for as long, then scale
	BASCULE_CRASHES=all swift test $(FLAGS) --skip-build --disable-xctest --no-parallel \
		--filter '^Scenarios\.CrashMatrix'
	python3 -B Tests/Soak/soak.py $(PRODUCTS) $(MINUTES)
	python3 -B Tests/Soak/scale.py $(PRODUCTS)
	BASCULE_ROUNDS=200 \
		swift test $(FLAGS) --skip-build --disable-xctest --filter '^Scenarios\.SuddenDeath'
	BASCULE_ROUNDS=60 swift test $(FLAGS) --skip-build --disable-xctest --no-parallel \
		--filter '^Scenarios\.DeployRaceTests'
	python3 -B Tests/Soak/testssl.py $(PRODUCTS)

demo: build ## watch a switch and a rollback under load, and count what was lost
	$(PRODUCTS)/bascule demo

bench: packages-bench build ## measure Bascule beside nginx, HAProxy, h2o and a bare relay
	python3 -B Tests/Bench/bench.py --bascule $(PRODUCTS)/bascule

lint: ## check the formatting of all Swift files
	swift format lint --strict --recursive Package.swift Sources Tests

clean: ## remove what was built, but not the dependencies' sources
	swift package clean

packages-build packages-test packages-bench packages-soak: packages-%:
	@deploy/install-packages $*
