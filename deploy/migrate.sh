#!/bin/sh
# Changes the tables as their owner, then makes the first organization where there is none.
set -eu
export DATABASE_URL="postgres://attendance_owner:$(cat /run/owner/owner)@postgres:5432/attendance"
python manage.py migrate --noinput
unset DATABASE_URL
ENGINE=$(cat "${MODELS_DIR:-/srv/data/models}/first_engine") # what models.sh could get; only a first start reads it
export ENGINE
exec /srv/attendance/deploy/entrypoint.sh python manage.py first_run
