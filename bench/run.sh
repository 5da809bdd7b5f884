#!/usr/bin/env bash
# Builds what is measured, installs the peers into .venv-bench, and prints the table: run.sh [--rounds N]
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-demo}
python=$(.ci/find-python 3.13 3.12 3.11 3.14 3.10)
make -s "PROFILE=$profile" "dist/$profile/ready"
cargo build -q --locked --profile "$profile" -p relyant-bench
venv=.venv-bench
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install -q -r bench/requirements.txt
"$venv/bin/python" -m pip install -q --force-reinstall --no-deps "dist/$profile"/relyant-[0-9]*.whl
# -E: a PYTHONPATH of whoever calls would measure another build.
exec "$venv/bin/python" -E bench/run.py "${CARGO_TARGET_DIR:-target}/$profile/relyant-bench" "$@"
