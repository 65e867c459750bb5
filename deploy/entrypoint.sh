#!/bin/sh
# Builds the addresses that contain a password from the files the `init` service wrote, then becomes the command.
set -eu
passwords=${PASSWORDS_DIR:-/run/passwords}
password() { cat "$passwords/$1"; }
if [ -z "${DATABASE_URL:-}" ]; then
    export DATABASE_URL="postgres://attendance_app:$(password app)@postgres:5432/attendance"
fi
if [ -z "${REDIS_URL:-}" ]; then
    export REDIS_URL="redis://:$(password redis)@redis:6379"
fi
exec "$@"
