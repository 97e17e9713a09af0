#!/usr/bin/env bash
# The tests run every document store on a real PostgreSQL: the server is the distribution's, where none is installed.
set -euo pipefail
least=15
installed="${1:-/usr/lib/postgresql}"  # where Debian puts the programs of each version
settings="${2:-/etc/postgresql-common}"

# Whether an initdb of that version or a newer one is here: the tests take the newest of Debian's, else the path's.
is_here() {
  local program version
  for program in "$installed"/*/bin/initdb "$(command -v initdb || true)"; do
    [ -x "$program" ] || continue
    version="$("$program" --version | grep -oE '[0-9]+' | head -n 1)"
    if [ "${version:-0}" -ge "$least" ]; then return 0; fi
  done
  return 1
}

fail() {
  echo "$1; install PostgreSQL $least or newer yourself: the tests need its initdb and postgres" >&2
  exit 1
}

if is_here; then exit 0; fi
command -v apt-get >/dev/null || fail "there is no apt-get here"
echo "[setup] PostgreSQL, for the tests of both document stores"
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@"; }
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# Without Error-Mode, apt-get ends well when it has reached no server.
apt update -qq -o APT::Update::Error-Mode=any >"$log" 2>&1 \
  || fail "the package manager cannot be reached ($(tail -n 1 "$log"))"
# The tests start servers of their own; the package need not start one. What is set here already stays.
if [ ! -e "$settings/createcluster.conf" ]; then
  $as_root mkdir -p "$settings"
  echo "create_main_cluster = false" | $as_root tee "$settings/createcluster.conf" >/dev/null
fi
apt install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold postgresql >"$log" 2>&1 \
  || fail "PostgreSQL cannot be installed ($(tail -n 1 "$log"))"
is_here || fail "this distribution's PostgreSQL is older than $least"
