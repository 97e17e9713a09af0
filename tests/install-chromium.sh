#!/usr/bin/env bash
# A Chromium for the tests of the page: what is here, else the system's package, else one line that says what to do.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo"; else as="no"; fi
  if [ "$as" != no ]; then
    echo "[browser] installing chromium"
    $as apt-get update -qq
    $as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    exit 0
  fi
fi
echo "the tests of the page need a Chromium: install one (Debian: sudo apt-get install chromium), named chromium on the PATH" >&2
exit 1
