#!/bin/sh
# Writes every secret that is not there yet, so that `docker compose up` needs no .env. Never changes one that is:
# a lost master key makes the stored references unreadable, so back up the `keys` volume.
set -eu
run=${RUN_DIR:-/run}
umask 022 # who may read a password is decided by which service mounts its volume
made() { # made FILE: 32 random bytes in URL-safe base64
    [ -s "$1" ] || python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())' >"$1"
}
for key in secret_key master_key platform_key; do made "$run/keys/$key"; done
# What the pages and workers need, and apart from it what only changes of the tables and backups need.
for role in app redis; do made "$run/passwords/$role"; done
for role in superuser owner backup; do made "$run/owner/$role"; done
# The password goes by a file: arguments can be read by every process of the host.
cat >"$run/passwords/redis.conf" <<END
requirepass $(cat "$run/passwords/redis")
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
END
[ "$(id -u)" != 0 ] || chown -R 10001:10001 "$run/keys"
chmod 0400 "$run"/keys/*
