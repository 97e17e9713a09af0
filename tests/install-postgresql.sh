#!/usr/bin/env bash
# The tests run every document store on a real PostgreSQL: the server is the distribution's, where none is installed.
set -euo pipefail
if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "install PostgreSQL 15 or newer: the tests need its initdb and postgres" >&2
  exit 1
fi
echo "[setup] PostgreSQL, for the tests of both document stores"
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
# The tests start servers of their own; the package need not start one.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
$as_root mkdir -p /etc/postgresql-common
echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
