# make test is all that a change must pass. The scripts in tools/ do the work.

FUZZTIME ?= 180

.PHONY: help build test ci check fuzz postman bench bench-import bench-admin

help:
	@echo "make build      build the program: .cache/countersign"
	@echo "make check      formatting, vet, staticcheck, archtest: before every commit"
	@echo "make test       everything: checks, tests on all databases, Postman, other systems"
	@echo "make ci         make test, and fuzzing"
	@echo "make fuzz       fuzz for FUZZTIME seconds in total (180)"
	@echo "make postman    the Postman collection against the program"
	@echo "make bench      measure the program"
	@echo "make bench-import  measure the import of a million users"
	@echo "make bench-admin   measure the lists of administrators with a million users"

build:
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o .cache/countersign ./cmd/countersign

test:
	@tools/test.sh

ci:
	@FUZZTIME=$(FUZZTIME) tools/test.sh

check:
	@tools/test.sh static

fuzz:
	@tools/fuzz.sh $(FUZZTIME)

postman:
	@tools/setup.sh
	@tools/postman.sh

bench:
	go run ./bench

bench-import:
	go run ./bench/importer

bench-admin:
	go run ./bench/admin
