#!/usr/bin/env bash
# Does what the README's first screen says, as a stranger would: starts the program
# on an empty folder and runs the curl lines as they are printed, but for the port.
# Each has to succeed and answer JSON; the tokens have to be refused after the last.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

root=$PWD
build_countersign

dir=$(mktemp -d "${TMPDIR:-/tmp}/countersign-readme.XXXXXX")
port=$(free_port)
cd "$dir"
env -i PATH="$PATH" HOME="$dir" COUNTERSIGN_LISTEN="127.0.0.1:$port" "$program" serve >server.log 2>&1 &
server=$!
# shellcheck disable=SC2317 # the trap calls it
stop() {
  local status=$?
  trap - EXIT
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then tail -n 20 "$dir/server.log"; fi
  cd "$root"
  rm -rf "$dir"
  exit "$status"
}
trap stop EXIT

for _ in {1..100}; do
  if curl -fs "http://127.0.0.1:$port/readyz" >/dev/null; then break; fi
  kill -0 "$server" 2>/dev/null || { echo "the server ended"; exit 1; }
  sleep 0.1
done

mapfile -t lines < <(printed "$root/README.md" | grep '^curl .*127\.0\.0\.1:8000')
if [ ${#lines[@]} -ne 5 ]; then
  echo "the README has ${#lines[@]} curl lines, not five"
  exit 1
fi
for line in "${lines[@]}"; do
  line=${line//127.0.0.1:8000/127.0.0.1:$port}
  answer=$(bash -c "${line/curl /curl -fsS }") || { echo "failed: $line"; exit 1; }
  if [[ $line == *"-o tokens.json"* ]]; then answer=$(cat tokens.json); fi
  printf '      %s\n' "${answer:0:100}"
  [[ $answer == "{"*"}" ]] || { echo "that is no JSON object: $line"; exit 1; }
done

refresh=$(sed 's/.*"refresh":"\([^"]*\).*/\1/' tokens.json)
access=$(sed 's/.*"access":"\([^"]*\).*/\1/' tokens.json)
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
[ "$(status -d "refresh=$refresh" "http://127.0.0.1:$port/api/token/refresh/")" = 401 ] || { echo "the refresh token outlives the sign-out"; exit 1; }
[ "$(status -H "Authorization: Bearer $access" "http://127.0.0.1:$port/api/protected/")" = 401 ] || { echo "the access token outlives the sign-out"; exit 1; }
