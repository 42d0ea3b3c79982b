#!/usr/bin/env bash
# Installs what the tests need and this machine lacks: PostgreSQL, MariaDB, Chromium, a C
# compiler (for the race detector), curl, Django with simplejwt, and Node's npm from
# Debian's packages, which takes root and apt-get, and newman into the cache folder,
# which takes npm.
# What it cannot install it leaves: the tests say what they left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/steps.sh

packages=()
postgres_bin >/dev/null || packages+=(postgresql)
mariadb_bin >/dev/null || packages+=(mariadb-server)
command -v "$(go env CC)" >/dev/null || packages+=(gcc libc6-dev)
command -v curl >/dev/null || packages+=(curl)
command -v chromium >/dev/null || packages+=(chromium)
debian_django >/dev/null || packages+=(python3-djangorestframework-simplejwt python3-cryptography)
if ! newman_bin >/dev/null && ! command -v npm >/dev/null; then packages+=(nodejs npm); fi

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # RUNLEVEL=1 keeps the packages from starting their own servers where the
  # system has no systemd.
  RUNLEVEL=1 apt-get install -q -y --no-install-recommends "${packages[@]}"
}

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    (step "install ${packages[*]}" install_packages) || echo "      going on without"
  else
    echo "      not installed (that takes root and apt-get): ${packages[*]}"
  fi
fi

install_newman() {
  mkdir -p "$cache/newman"
  npm install --prefix "$cache/newman" --no-save --no-audit --no-fund "newman@$newman_version"
}

if ! newman_bin >/dev/null && command -v npm >/dev/null; then
  (step "install newman $newman_version" install_newman) || echo "      going on without"
fi
