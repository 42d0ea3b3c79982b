#!/usr/bin/env bash
# Fuzzes every Fuzz function of the module, one after another:
#
#   tools/fuzz.sh SECONDS [PACKAGES]
#
# The seconds are divided evenly, at least five to each. An input that fails is
# kept in testdata/fuzz of its package: commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

total=${1:?usage: tools/fuzz.sh SECONDS [PACKAGES]}
total=${total%s}
shift
if [ $# -eq 0 ]; then set -- ./...; fi

# go test -list prints the names and then the package they are in.
list=$(go test -list '^Fuzz' "$@")
mapfile -t targets < <(awk '
  /^Fuzz/ { names[++n] = $1 }
  /^ok/   { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' <<<"$list")
if [ ${#targets[@]} -eq 0 ]; then
  echo "FAIL  no Fuzz function was found"
  exit 1
fi

each=$((total / ${#targets[@]}))
if [ "$each" -lt 5 ]; then each=5; fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fuzz() { go test -run='^$' -fuzz="^$2\$" -fuzztime="${each}s" "$1" >"$log" 2>&1; }

for target in "${targets[@]}"; do
  read -r package name <<<"$target"
  # On a busy machine the fuzzer at times reports its own deadline as a failure,
  # without an input. That is no finding, and it runs again.
  if ! fuzz "$package" "$name" &&
    { grep -q 'Failing input' "$log" || ! grep -q 'context deadline exceeded' "$log" || ! fuzz "$package" "$name"; }; then
    echo "FAIL  $name in $package"
    cat "$log"
    exit 1
  fi
  printf '      %-26s %-12s %s\n' "$name" "${package##*/}" "$(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
done
