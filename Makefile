.PHONY: demo test lint types docs bench clean

VENV := .venv
RUN := $(VENV)/bin

demo: $(VENV)/installed
	rm -rf out
	$(RUN)/tallyfeed init out
	$(RUN)/tallyfeed --workspace out run
	@echo; ls -l out/webshop out/marketplace out/retailer

test: $(VENV)/installed-dev
	.ci/test-servers
	$(RUN)/pytest -n auto --dist worksteal

lint: $(VENV)/installed-dev
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/lint-imports

types: $(VENV)/installed-dev
	$(RUN)/mypy

docs: $(VENV)/installed-dev
	$(RUN)/python docs/generate.py

bench: $(VENV)/installed-dev
	$(RUN)/python tests/bench.py
	$(RUN)/python tests/bench_edi.py

clean:
	rm -rf $(VENV) out

$(VENV)/installed: requirements.txt pyproject.toml
	.ci/environment $(VENV) requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt pyproject.toml
	.ci/environment $(VENV) requirements-dev.txt
	touch $@ $(VENV)/installed
