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

# The servers run from this checkout, in this environment alone; the commands are found beside its Python.
root=$(cd "$here/../.." && pwd)
"$venv/bin/python" - "$root" <<'PY'
import pathlib, sys, sysconfig
root = sys.argv[1]
pathlib.Path(sysconfig.get_path("purelib"), "onggi-checkout.pth").write_text(root + "\n")
commands = {"onggi": "onggi.cli", "onggi-node": "node.__main__", "onggi-coordinator": "coordinator.__main__"}
for name, module in commands.items():
    script = pathlib.Path(sysconfig.get_path("scripts"), name)
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom {module} import main\nsys.exit(main())\n")
    script.chmod(0o755)
PY
