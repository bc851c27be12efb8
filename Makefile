# Set up and run everything. The first `make run` or `make test` makes .venv from the hash-locked
# requirements/; a later one starts at once. Nothing here needs root, and nothing needs the network
# once it is installed.
#
#   PYTHON=python3.12   which Python makes .venv
#   ARGS='--port 8081'  options for the command behind a target
#   TORCH=1             add PyTorch and what trains the model (`make test`); CI=1: that, and a
#                       skipped test is a failure

PYTHON ?= python3
VENV ?= .venv
TORCH_PACKAGE ?= torch==2.13.0
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1

bin := $(VENV)/bin
with_torch := $(if $(CI)$(TORCH),$(VENV)/.train)
coverage := $(if $(CI),--cov --cov-report=)

# uv doesn't read pip's settings: what pip was told about its index holds for uv as well.
index = $(or $(UV_DEFAULT_INDEX),$(PIP_INDEX_URL),$(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null))
certificates = $(or $(SSL_CERT_FILE),$(PIP_CERT))
uv = UV_DEFAULT_INDEX="$(index)" $(if $(certificates),SSL_CERT_FILE="$(certificates)") $(bin)/uv
install = @$(uv) pip $(1) --quiet --python $(bin)/python --require-hashes
# Not in the lock file, so each `sync` takes it out again.
install_self = @$(uv) pip install --quiet --python $(bin)/python --offline --no-deps --no-build-isolation --editable .
compile = UV_CUSTOM_COMPILE_COMMAND="make lock" $(uv) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate $(UPGRADE)
# Silent when it holds: a test run ends with what pytest says.
floor = @mkdir -p build; $(bin)/coverage report --skip-covered --show-missing --fail-under=$(1) $(2) >build/coverage.txt 2>&1 || { cat build/coverage.txt; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help run test lint bench demo proofs lock clean programs

help: ## show what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 14

run: $(VENV)/.run ## set up, then run the service in the foreground
	@exec $(bin)/moderation serve $(ARGS)

test: $(VENV)/.dev $(with_torch) programs $(VENV)/.crds ## set up, then run the tests; says what was skipped and why
	$(bin)/pytest -rs $(coverage) $(ARGS)
	$(if $(CI),$(call floor,100,--include 'moderation/domain/*'))
	$(if $(CI),$(call floor,90,--omit 'moderation/domain/*'))

lint: $(VENV)/.dev ## ruff, mypy, import-linter
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

demo: $(VENV)/.dev ## send DATA=comments.parquet through real processes and judge it; KILL=1 kills them
	$(bin)/python -m tests.acceptance.driver $(if $(DATA),--data '$(DATA)') $(if $(KILL),--kill) $(ARGS)

proofs: $(VENV)/.dev programs ## prove at length what is promised (docs/proofs.md); ARGS='power-cut' picks
	$(bin)/python -m tests.proofs $(ARGS)

bench: $(VENV)/.dev $(VENV)/.train ## measure, and write docs/benchmarks.md
	$(bin)/python -m tests.benchmarks $(ARGS)

lock: $(VENV)/.uv ## write requirements/ anew; UPGRADE=--upgrade takes newer versions
	@echo uv | $(compile) - -o requirements/uv.txt
	@$(compile) pyproject.toml --group build -o requirements/run.txt
	@$(compile) pyproject.toml --group build --extra otel -c requirements/run.txt -o requirements/image.txt
	@$(compile) pyproject.toml --group build --group dev -c requirements/image.txt -o requirements/dev.txt
	@$(compile) pyproject.toml --extra detoxify --group torch --no-emit-package torch -c requirements/image.txt -o requirements/detoxify.txt
	@$(compile) pyproject.toml --extra train --group torch --no-emit-package torch -c requirements/dev.txt -o requirements/train.txt

clean: ## remove what was built, not the service's data
	rm -rf $(VENV) build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# A distribution's Python may lack ensurepip, so pip reaches into the environment from outside.
$(VENV)/.uv: requirements/uv.txt
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(bin)/python install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements/run.txt pyproject.toml
	@echo "installing what the service needs"
	@rm -f $(VENV)/.dev $(VENV)/.train
	$(call install,sync) requirements/run.txt
	$(install_self)
	@touch $@

$(VENV)/.dev: $(VENV)/.uv requirements/dev.txt pyproject.toml
	@echo "installing what the tests need"
	@rm -f $(VENV)/.train
	$(call install,sync) requirements/dev.txt
	$(install_self)
	@touch $(VENV)/.run $@

# pip itself takes torch: its settings say where this machine finds a build for CPUs.
$(VENV)/.train: $(VENV)/.dev requirements/train.txt
	@echo "installing $(TORCH_PACKAGE) and what training needs"
	$(call install,install) --no-deps -r requirements/train.txt
	@$(PYTHON) -m pip --python $(bin)/python install --quiet --no-deps $(TORCH_PACKAGE)
	@$(bin)/python -c 'import torch'
	@touch $@

# Schemas of Kubernetes' custom resources, where there is an npm to fetch them by their hashes.
$(VENV)/.crds: tests/deploy/crds/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --silent --no-audit --no-fund --ignore-scripts --prefix tests/deploy/crds && touch $@; \
	else echo "no npm, so the test of custom resources is skipped"; fi

# Servers and interpreters that some tests run: taken from apt where that may be done.
programs:
	@missing=''; \
	for pair in redis-server:redis-server php:php-cli phpcs:php-codesniffer \
		node:nodejs npm:npm chromium:chromium \
		ip:iproute2 openssl:openssl kubectl:kubernetes-client \
		docker-compose:docker-compose strace:strace systemd-analyze:systemd \
		promtool:prometheus amtool:prometheus-alertmanager; do \
		command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	for module in sqlite3 curl mbstring xml; do \
		php -m 2>/dev/null | grep -qix $$module || missing="$$missing php-$$module"; \
	done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "not installed, so their tests are skipped:$$missing"; fi
