#!/usr/bin/env bash
# Runs the Postman collection against a countersign that it builds and starts with
# empty data on a free port, and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

if ! newman=$(newman_bin); then
  leave_out newman "newman $newman_version is not installed (npm installs it: tools/setup.sh)"
  exit 0
fi

root=$PWD
newman=$(realpath "$newman")
build_countersign

dir=$(mktemp -d "${TMPDIR:-/tmp}/countersign-postman.XXXXXX")
server=
# shellcheck disable=SC2317 # the trap calls it
stop() {
  local status=$?
  trap - EXIT
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ "$status" -ne 0 ] && [ -s "$dir/server.log" ]; then
    echo "      what the server said beside its requests:"
    grep -v '"msg":"request"' "$dir/server.log" | tail -n 30 || true
  fi
  cd "$root"
  rm -rf "$dir"
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port=$(free_port)
base=http://127.0.0.1:$port
password=$(random_text)

# The program gets these settings alone and an empty folder: none of the caller's
# environment or files, which may point at a database that matters.
cd "$dir"
countersign=(env -i PATH="$PATH" HOME="$dir" COUNTERSIGN_LISTEN="127.0.0.1:$port"
  COUNTERSIGN_DATA_DIR="$dir/data" COUNTERSIGN_SUPERUSER_PASSWORD="$password" "$program")

"${countersign[@]}" migrate >server.log 2>&1
"${countersign[@]}" createsuperuser --noinput --username admin --email admin@example.com >>server.log 2>&1
"${countersign[@]}" serve >>server.log 2>&1 &
server=$!

ready() { node -e 'fetch(process.argv[1]).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$base/readyz"; }
for _ in {1..100}; do
  if ready; then break; fi
  kill -0 "$server" 2>/dev/null || { echo "the server ended"; exit 1; }
  sleep 0.1
done
ready || { echo "the server is not ready after ten seconds"; exit 1; }

status=0
"$newman" run "$root/postman/countersign.postman_collection.json" \
  --environment "$root/postman/countersign.postman_environment.json" \
  --env-var "base_url=$base" --env-var admin_username=admin --env-var "admin_password=$password" \
  --timeout-request 10000 --color off --reporters cli,json --reporter-json-export run.json \
  --reporter-cli-no-success-assertions --reporter-cli-no-banner || status=$?

# A collection that asks nothing, or tests nothing of what it asked, is no success.
# shellcheck disable=SC2016 # JavaScript's own ${}
node -e '
  const { requests, assertions } = JSON.parse(require("fs").readFileSync(process.argv[1])).run.stats
  console.log(`newman: ${requests.total} requests, ${requests.failed} failed; ${assertions.total} assertions, ${assertions.failed} failed`)
  process.exit(requests.total && assertions.total ? 0 : 1)' run.json || { echo "newman ran nothing"; exit 1; }
exit "$status"
