#!/usr/bin/env bash
# Builds the environment of the OpenID Connect provider that tests start. Without a package registry it leaves
# none: the one test that needs it is skipped with that reason.
set -euo pipefail
place=$1
rm -rf "$place"
echo "Installing a log-in for tests into $place (once) ..."
"${PYTHON:-/usr/bin/python3}" -m venv "$place"
if ! "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --requirement requirements-oidc-provider.txt; then
    echo "No package registry was reached: the test with a real log-in elsewhere will be skipped." >&2
    rm -rf "$place"
fi
