# shellcheck shell=bash
# What the scripts beside this one share. Sourced, never run.

cache=.cache # everything that the scripts keep between runs; git ignores it

# step NAME COMMAND… runs the command quietly and prints one line with its
# seconds; what it printed is shown only when it fails, which ends the script.
step() {
  local name=$1 began=$SECONDS log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    printf 'ok    %-34s %4d s\n' "$name" $((SECONDS - began))
    rm -f "$log"
    return
  fi
  printf 'FAIL  %-34s %4d s: %s\n' "$name" $((SECONDS - began)) "$*"
  cat "$log"
  rm -f "$log"
  exit 1
}

# show NAME COMMAND… is step for commands whose output is worth reading.
show() {
  local name=$1 began=$SECONDS status=0
  shift
  printf '      %s:\n' "$name"
  "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    printf 'ok    %-34s %4d s\n' "$name" $((SECONDS - began))
    return
  fi
  printf 'FAIL  %-34s %4d s: %s\n' "$name" $((SECONDS - began)) "$*"
  exit 1
}

# required WORD tells whether COUNTERSIGN_TEST_REQUIRE names it.
required() { [[ ",${COUNTERSIGN_TEST_REQUIRE:-}," == *",$1,"* ]]; }

# leave_out WORD REASON says that a part is not run; where the part is required,
# the script ends.
leave_out() {
  if required "$1"; then
    printf 'FAIL  %s is required (COUNTERSIGN_TEST_REQUIRE), but %s\n' "$1" "$2" >&2
    exit 1
  fi
  printf 'LEFT OUT  %s: %s\n' "$1" "$2"
  if [ -n "${LEFT_OUT_LIST:-}" ]; then printf '%s: %s\n' "$1" "$2" >>"$LEFT_OUT_LIST"; fi
}

# free_port prints a TCP port of the loopback interface that nobody listens on.
# It stays below the ports that systems give to outgoing connections.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# build_countersign builds the program and puts its path into program.
build_countersign() {
  program=$PWD/$cache/countersign
  CGO_ENABLED=0 go build -trimpath -o "$program" ./cmd/countersign
}

# printed FILE prints the lines of a page in Markdown that are there to be typed: those
# indented by four spaces, without these, and not what is fenced.
printed() { awk '/^```/ { fenced = !fenced } !fenced && sub(/^    /, "")' "$1"; }

# random_text prints 32 random hexadecimal digits.
random_text() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# postgres_bin prints the folder of PostgreSQL's server programs, the newest one;
# Debian keeps them out of PATH.
postgres_bin() {
  local found
  found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
  if [ ! -x "$found" ]; then found=$(command -v postgres) || return 1; fi
  found=$(dirname "$found")
  [ -x "$found/initdb" ] && echo "$found"
}

# mariadb_bin prints the path of MariaDB's server.
mariadb_bin() {
  local found
  found=$(PATH=$PATH:/usr/sbin command -v mariadbd) && command -v mariadb-install-db >/dev/null && echo "$found"
}

# debian_django prints the Python that has Django, simplejwt and what its public
# keys need: Debian's, because another one in PATH does not see Debian's packages.
debian_django() {
  local found=/usr/bin/python3
  "$found" -c 'import django, rest_framework_simplejwt, cryptography' 2>/dev/null && echo "$found"
}

newman_version=6.2.2

# newman_bin prints the path of the newman that runs the collection: exactly the
# pinned version.
newman_bin() {
  local found
  for found in "$cache/newman/node_modules/.bin/newman" "$(command -v newman)"; do
    if [ -x "$found" ] && [ "$("$found" --version 2>/dev/null)" = "$newman_version" ]; then
      echo "$found"
      return
    fi
  done
  return 1
}
