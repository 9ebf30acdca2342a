#!/usr/bin/env bash
# Builds the virtual environment from the locked versions. Stops with the exact command to type when Python
# or its venv module is missing.
set -euo pipefail
venv=$1
python=${PYTHON:-/usr/bin/python3}
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v "$python" >/dev/null || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed at $python. Type: sudo apt-get install python3 python3-venv" >&2
    echo "$python 위치에 Python 3.11 이상이 필요합니다. 입력: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$here/system.sh" python3-venv
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Installing the locked versions into $venv (once, about a minute) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements.lock
