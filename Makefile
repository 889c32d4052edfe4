# claimstream: every command a person needs, by intent.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test lint bench peers soak fuzz lock clean

install: $(VENV)/.installed  ## Create .venv with the locked dependencies and claimstream itself

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: install  ## Run the whole system once, with a story
	$(BIN)/claimstream demo

lint: install  ## Style, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install  ## All tests, on two processes; those on Apache Kafka need Java 17 and Maven
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: install  ## Measure 100,000 claims at once, then 6,667 a second for a minute
	$(BIN)/claimstream bench burst --json
	$(BIN)/claimstream bench sustained --seconds 60 --json

peers: install  ## The same claims through Kafka Streams, Bytewax, Quix Streams and Faust; Java 17 and Maven
	$(BIN)/python -m loadtest.peers

SECONDS ?= 600
soak: install  ## Kill, stop and restart every part at random under load; SECONDS=, SEED= (needs Java 17 and Maven)
	$(BIN)/python -m tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) --keep .claimstream/soak

EXAMPLES ?= 20000
fuzz: install  ## Fuzz the decoders and the X12 reader; EXAMPLES= for each; finds are kept in tests/fuzz/corpus
	FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q tests/fuzz

lock:  ## Resolve requirements.lock again (hashes, no index address)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url --no-annotate --output-file requirements.lock

clean:
	rm -rf $(VENV) .claimstream build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
