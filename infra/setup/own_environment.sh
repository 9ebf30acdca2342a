#!/usr/bin/env bash
# own_environment.sh PLACE REQUIREMENTS: builds an environment that only tests use, apart from ours. Without a
# package registry it leaves none: the tests that need it are skipped with that reason.
set -euo pipefail
place=$1 requirements=$2
rm -rf "$place"
echo "Installing $requirements into $place (once) ..."
"${PYTHON:-/usr/bin/python3}" -m venv "$place"
if ! "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --requirement "$requirements"; then
    echo "No package registry was reached: tests that need $place will be skipped." >&2
    rm -rf "$place"
fi
