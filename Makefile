# Två kommandon räcker: make demo, make test.  Annan Python: make PYTHON=python3.12 demo

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
LOKAL = .venv/bin/python -m gvr.lokal
# Argument till pytest eller bench: make test ARGS="-k faktura"
ARGS ?=
# make test installerar och kör också hela demon i en ren kopia; utan nät: make test RENT=nej
RENT ?= ja

.PHONY: help demo test lint bench shell miljo-demo miljo-test lock

help:
	@echo 'make demo    hela kedjan på den här maskinen; avsluta med Ctrl-C'
	@echo 'make test    alla kontroller och tester, som CI'
	@echo 'make lint    stil, typer och importregler'
	@echo 'make bench   mätningarna i docs/prestanda.md'
	@echo 'make shell   Djangos skal mot demons databas'
	@echo 'make lock    lås om beroendena efter en ändring i pyproject.toml'

demo: miljo-demo
	@exec $(LOKAL) demo

test: miljo-test
	@RENT=$(RENT) exec $(LOKAL) test $(ARGS)

lint: miljo-test
	@exec $(LOKAL) lint

bench: miljo-demo
	@exec $(LOKAL) bench $(ARGS)

shell: miljo-demo
	@exec $(LOKAL) shell

miljo-demo miljo-test: miljo-%:
	@$(if $(PYTHON),,echo 'Python 3.11 eller nyare behövs (python3). Ange den med make PYTHON=… demo' >&2; exit 1;) \
	$(PYTHON) gvr/lokal/miljo.py $*

COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock' $(UPGRADE)

# Nya versioner inom gränserna: make lock UPGRADE=--upgrade
lock:
	$(COMPILE) pyproject.toml --group lokal -o requirements.lock
	$(COMPILE) pyproject.toml --group lokal --group dev -c requirements.lock -o requirements-test.lock
	$(COMPILE) --group bygg -o requirements-uv.lock
