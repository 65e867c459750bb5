#!/bin/sh
# Runs once, when the database is first made: the three roles. The owner changes tables and is no superuser, the app
# changes rows and never passes row-level security, the backup reads everything and writes nothing.
set -eu
password() { cat "${RUN_DIR:-/run}/$1"; }
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner="$(password owner/owner)" -v app="$(password passwords/app)" -v backup="$(password owner/backup)" <<'END'
create role attendance_app login nosuperuser nobypassrls password :'app';
create role attendance_backup login nosuperuser bypassrls password :'backup';
create role attendance_owner login nosuperuser nobypassrls password :'owner';
grant pg_read_all_data to attendance_backup;
create database attendance owner attendance_owner;
\connect attendance
revoke create on schema public from public;
alter default privileges for role attendance_owner in schema public
    grant select, insert, update, delete on tables to attendance_app;
alter default privileges for role attendance_owner in schema public
    grant usage, select on sequences to attendance_app;
END
