#!/usr/bin/env bash
# Runs a command with throwaway database servers:
#
#   tools/testservers.sh go test ./internal/store/...
#
# It starts PostgreSQL and MariaDB with new, empty data in a temporary folder, on
# free ports of the loopback interface, without fsync, and hands them over in
# COUNTERSIGN_TEST_POSTGRES and COUNTERSIGN_TEST_MYSQL. A variable that is set
# already is left as it is, and that server is not started. However the command
# ends, exactly the servers that were started here are stopped and their data is
# removed.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

[ $# -gt 0 ] || { echo "usage: tools/testservers.sh COMMAND…" >&2; exit 2; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/countersign-servers.XXXXXX")
chmod 711 "$dir"
started=() # process ids

stop() {
  local status=$? id
  trap - EXIT
  for id in "${started[@]}"; do kill -QUIT "$id" 2>/dev/null || true; done
  for id in "${started[@]}"; do
    for _ in {1..100}; do
      kill -0 "$id" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$id" 2>/dev/null || true
    wait "$id" 2>/dev/null || true
  done
  rm -rf "$dir"
  exit "$status"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# as USER COMMAND… replaces the shell: as that user where this is root, since
# neither server runs as root, and so that the server does not outlive this script.
as() {
  local user=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then
    exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --pdeathsig TERM -- "$@"
  fi
  exec "$@"
}

# folder USER NAME prints a new folder that the user owns.
folder() {
  mkdir "$dir/$2"
  if [ "$(id -u)" -eq 0 ]; then chown "$1" "$dir/$2"; fi
  echo "$dir/$2"
}

# await ID FILE PATTERN waits until the server has written the pattern to the
# file. It fails when the server ends or a minute is over.
await() {
  for _ in {1..600}; do
    if grep -qs "$3" "$2"; then return 0; fi
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

start_postgres() {
  local bin=$1 home port password options=()
  home=$(folder postgres "postgres-$2")
  password=$(random_text)
  printf '%s' "$password" >"$dir/password"
  chmod 644 "$dir/password"
  # A collation that is not byte order, as real installations have it: what sorts
  # or compares by the database's collation must show here.
  if [[ "$("$bin/initdb" --help)" == *--icu-locale* ]]; then options=(--locale-provider=icu --icu-locale=en-US); fi
  (as postgres "$bin/initdb" -D "$home/data" -U countersign -A password --pwfile="$dir/password" \
    -E UTF8 --no-locale --no-sync "${options[@]}") >"$dir/postgres.log" 2>&1 || return 1
  port=$(free_port)
  (as postgres "$bin/postgres" -D "$home/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=300 -c shared_buffers=64MB) >>"$dir/postgres.log" 2>&1 &
  started+=($!)
  await $! "$home/data/postmaster.pid" ready || return 1
  COUNTERSIGN_TEST_POSTGRES="postgres://countersign:$password@127.0.0.1:$port/postgres?sslmode=disable"
  export COUNTERSIGN_TEST_POSTGRES
}

start_mariadb() {
  local server=$1 home port password
  home=$(folder mysql "mariadb-$2")
  password=$(random_text)
  # The server reads this before it listens.
  printf '%s\n' "CREATE USER 'countersign'@'127.0.0.1' IDENTIFIED BY '$password';" \
    "GRANT ALL ON *.* TO 'countersign'@'127.0.0.1' WITH GRANT OPTION;" >"$dir/users.sql"
  chmod 644 "$dir/users.sql"
  (as mysql mariadb-install-db --no-defaults --datadir="$home/data" --skip-test-db \
    --auth-root-authentication-method=socket) >"$dir/mariadb.log" 2>&1 || return 1
  port=$(free_port)
  (as mysql "$server" --no-defaults --datadir="$home/data" --socket="$home/socket" --pid-file="$home/pid" \
    --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --init-file="$dir/users.sql" \
    --skip-log-bin --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync \
    --innodb-buffer-pool-size=128M --max-connections=300 --performance-schema=OFF) >>"$dir/mariadb.log" 2>&1 &
  started+=($!)
  await $! "$dir/mariadb.log" 'ready for connections' || return 1
  COUNTERSIGN_TEST_MYSQL="mysql://countersign:$password@127.0.0.1:$port/mysql"
  export COUNTERSIGN_TEST_MYSQL
}

# start KIND NAME PROGRAM starts a server, and again on another port when
# something took the port meanwhile.
start() {
  local began=$SECONDS attempt
  for attempt in 1 2 3; do
    if "start_$2" "$3" "$attempt"; then
      printf 'ok    %-34s %4d s\n' "start $2" $((SECONDS - began))
      return
    fi
  done
  tail -n 20 "$dir/$2.log" || true
  leave_out "$1" "$2 does not start (its last words are above)"
}

if [ -z "${COUNTERSIGN_TEST_POSTGRES:-}" ]; then
  if bin=$(postgres_bin); then start postgres postgres "$bin"; else leave_out postgres "PostgreSQL is not installed"; fi
fi
if [ -z "${COUNTERSIGN_TEST_MYSQL:-}" ]; then
  if bin=$(mariadb_bin); then start mysql mariadb "$bin"; else leave_out mysql "MariaDB is not installed"; fi
fi

"$@"
