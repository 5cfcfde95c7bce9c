# The commands of the project. `make up` and `make test` each work alone on a
# fresh Debian or Ubuntu computer with Go, git, make and root.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help


.PHONY: help up down test test-unit test-engine test-e2e bench lint tools images build clean

help: ## list the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/odooops
	@scripts/build

tools: ## the Pulumi CLI, its language host and plugins into bin/ and .odooops/pulumi
	@scripts/tools/install

images: ## the images of machines and of all that runs on them
	@scripts/dockerd
	@scripts/images/build

up: ## local cloud and one of every kind of stack; prints the table and the URLs
	@scripts/up

down: ## stop everything that `make up` started and remove it
	@scripts/down

test: ## everything, quick layers first
	@scripts/test

test-unit: ## unit tests, with Pulumi mocks
	@scripts/test unit

test-engine: ## the real engine on the local cloud, no machines
	@scripts/test engine

test-e2e: ## booted machines, real Odoo and Postgres
	@scripts/test e2e

bench: ## the figures of the README, as ratios or medians of one run
	@scripts/bench

lint: ## gofmt, vet, golangci-lint, shellcheck, actionlint
	@scripts/lint

clean: down ## also forget the passphrase and the local state of this checkout
	@rm -rf .odooops bin
