#!/usr/bin/env bash
# Runs every Go test once, with the race detector where there is a C compiler, and
# says which databases, and beside which Django, the tests ran.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

mkdir -p "$cache"
log=$cache/tests.json
flags=(-timeout=20m)
if [ -n "${CI:-}" ]; then flags+=(-count=1); fi
if command -v "$(go env CC)" >/dev/null; then
  export CGO_ENABLED=1
  flags+=(-race)
else
  leave_out race "the race detector needs a C compiler"
fi

if [ $# -eq 0 ]; then set -- ./...; fi
go tool -modfile=tools/go.mod gotestsum --format=standard-quiet --jsonfile="$log" -- "${flags[@]}" "$@"

# What was required must not have been skipped by any other road.
if [ -n "${COUNTERSIGN_TEST_REQUIRE:-}" ] && grep -q '"Action":"skip".*"Test":' "$log"; then
  echo "FAIL  tests were skipped (they are listed above), and COUNTERSIGN_TEST_REQUIRE is set"
  exit 1
fi

# A database that is there must have been used, and so must Django, whatever the
# tests themselves say.
for kind in sqlite postgres mysql django; do
  named="\"Test\":\"[^\"]*/${kind}[/\"]"
  if [ "$kind" = django ]; then named='"Test":"TestDjango_[^"]*/'; fi
  count=$(grep -c "\"Action\":\"pass\".*$named" "$log" || true)
  printf '      tests on %-8s %5d\n' "$kind:" "$count"
  if [ "$kind" != sqlite ] && ! required "$kind"; then continue; fi
  if [ "$count" -eq 0 ]; then
    echo "FAIL  there are no tests on $kind"
    exit 1
  fi
done
