#!/bin/sh
# Runs a module of scripts/ with the first Python here that the project supports: PYTHON=... names another one.
set -eu
cd "$(dirname "$0")/.."
for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        exec "$python" -m "$@"
    fi
done
echo "This project needs Python 3.11, 3.12 or 3.13, and found none of them." >&2
echo "  Debian, Ubuntu: apt-get install python3 python3-venv      macOS: brew install python@3.13" >&2
echo "  Or name one: PYTHON=/path/to/python3.12 make run" >&2
exit 1
