#!/usr/bin/env bash
# Everything that a change must pass, what fails fastest first:
#
#   tools/test.sh         all of it: what make test runs
#   tools/test.sh static  the checks that need no test run, in seconds
#
# FUZZTIME=SECONDS also fuzzes for so long in total. COUNTERSIGN_TEST_REQUIRE lists
# what must not be left out: postgres, mysql, newman, chromium, race, readme,
# django.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

formatted() { [ -z "$(gofmt -l . | tee /dev/stderr)" ]; }
modern() { [ -z "$(go fix -diff ./... | tee /dev/stderr)" ]; }
locked() { go mod verify && go mod tidy -diff; }
foreign() { GOOS=$1 CGO_ENABLED=0 go vet ./... && GOOS=$1 CGO_ENABLED=0 go build ./...; }

static() {
  step "gofmt" formatted
  step "go vet" go vet ./...
  step "go fix -diff" modern
  step "staticcheck" go tool -modfile=tools/go.mod staticcheck ./...
  step "archtest" go test ./internal/archtest
  step "go.mod is tidy" locked
}

if [ "${1:-}" = static ]; then
  static
  exit
fi

LEFT_OUT_LIST=$(mktemp)
export LEFT_OUT_LIST
trap 'rm -f "$LEFT_OUT_LIST"' EXIT

show "set up" tools/setup.sh
static
step "build without cgo" env CGO_ENABLED=0 go build ./...
show "tests" tools/testservers.sh tools/gotest.sh
show "postman collection" tools/postman.sh
if command -v curl >/dev/null; then
  show "the README as printed" tools/readme.sh
else
  leave_out readme "curl is not installed"
fi
show "the guide from Django as printed" tools/guide.sh
step "vet and build for windows" foreign windows
step "vet and build for darwin" foreign darwin
if [ -n "${FUZZTIME:-}" ]; then show "fuzzing" tools/fuzz.sh "$FUZZTIME"; fi

if [ -s "$LEFT_OUT_LIST" ]; then
  printf '\nPassed, but this was LEFT OUT:\n'
  sed 's/^/  /' "$LEFT_OUT_LIST"
else
  printf '\nPassed; nothing was left out. %d s.\n' "$SECONDS"
fi
