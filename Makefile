# The verbs of the project. Each calls one script; the scripts say what they do.
.PHONY: help setup run demo models test verify check format lock bench services services-stop clean
.DEFAULT_GOAL := help
WITH := sh scripts/python.sh

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

run:  ## install what is missing, then serve http://127.0.0.1:8000 (PORT=8001 make run)
	@$(WITH) scripts.run serve

demo:  ## play the whole walk on sample faces, print each step, end
	@$(WITH) scripts.run demo

models:  ## install DeepFace's RetinaFace and ArcFace
	@$(WITH) scripts.run models

setup:  ## install everything a developer needs, DeepFace and TensorFlow included
	@$(WITH) scripts.install packaged dev recognition

test:  ## the whole suite: PostgreSQL + Redis, embedded, browser
	@$(WITH) scripts.test

verify:  ## the same tests at full size
	@SCALE=full $(WITH) scripts.test

check:  ## style, types, import arrows, migrations, deployment settings, unsafe code, secrets, JavaScript
	@$(WITH) scripts.check

format:  ## put the code into the one form
	@$(WITH) scripts.install dev && .venv/bin/ruff check --quiet --fix . && .venv/bin/ruff format .

lock:  ## pin requirements/*.in and package.json again (UPGRADE=1 for the newest versions)
	@$(WITH) scripts.install dev && .venv/bin/python -m scripts.lock $(if $(UPGRADE),--upgrade)

bench:  ## what a frame, a search and a gallery cost here, beside DeepFace (make setup); BENCH="--models DIR --full"
	@$(WITH) scripts.install packaged && .venv/bin/python -m bench $(BENCH)

services:  ## start a private PostgreSQL and Redis, print the environment that uses them
	@$(WITH) scripts.services start

services-stop:  ## stop them
	@$(WITH) scripts.services stop

clean:  ## remove what was installed or built; var/ (the database and its keys) stays
	rm -rf .venv .make node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
