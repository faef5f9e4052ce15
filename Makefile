# Every target makes what it needs. Only Python 3.11+ and make are presumed.
PYTHON ?= python3
BIN    := .venv/bin
OUT    ?= output

.PHONY: help venv demo test check test-vllm test-verl test-slow mutants files clean
help:            ## list the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

venv: .venv/ready ## the virtual environment
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e '.[dev]'
	@touch $@

demo: venv       ## three fields through all five stages, and three agents on the released rows
	$(BIN)/python -m pipeline.run --output-dir $(OUT)/demo \
	    --field "Logistics" --field "Travel" --field "Hospital Administration"
	for agent in oracle noisy=0.8 noop; do \
	    $(BIN)/python -m trajectory_generation.run --dataset $(OUT)/demo/task_content.jsonl \
	        --model procedural:$$agent --output-dir $(OUT)/demo/rollouts_$${agent%%=*} || exit $$?; \
	done

check: venv      ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

test: venv       ## the fast suite
	$(BIN)/pytest -n 2

test-slow: venv  ## minutes: long kills, large files, the packages of trainers and memories
	$(BIN)/pip install --quiet torch==2.13.0 # first, so that pip keeps a CPU build where one is offered
	$(BIN)/pip install --quiet -e '.[skyrl,trainers,memory,mem0]'
	$(BIN)/pytest -n 2 -m slow

test-vllm: venv  ## a real vLLM on the CPU, with a tiny random model
	scripts/make_vllm_venv.sh
	.venv-vllm/bin/pytest -m vllm tests/vllm tests/roles/test_grammars.py

test-verl:       ## rows through verl's own agent loop; its wheel brings a package `tests`, so not in .venv
	test -x .venv-verl/bin/pytest || $(PYTHON) -m venv .venv-verl
	.venv-verl/bin/pip install --quiet torch==2.13.0 # first, as above
	.venv-verl/bin/pip install --quiet -e '.[dev,verl]'
	.venv-verl/bin/pytest -m slow tests/dataset_export/environments

mutants: venv    ## breaks the engine in 300 small ways and counts what the tests notice (half an hour)
	$(BIN)/python scripts/mutate.py --count 300

files:           ## every source file with the first line of its docstring
	@$(PYTHON) scripts/list_files.py

clean:           ## remove environments and caches, never outputs
	rm -rf .venv .venv-vllm .venv-verl .mypy_cache .ruff_cache .pytest_cache .hypothesis
