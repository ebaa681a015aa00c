#!/bin/sh
# Run a command with a PostgreSQL server of its own in ENDCAP_TEST_POSTGRES_URL: in memory where there is room, and one
# that never waits for the disk, since each test makes a database of 600 files and drops it again. Where the variable is
# set, or the server is not installed, the command runs as it is.
set -eu
bin=$(for each in /usr/lib/postgresql/*/bin /usr/local/opt/postgresql*/bin /opt/homebrew/opt/postgresql*/bin; do
  if [ -x "$each/initdb" ]; then echo "$each"; fi
done | sort -V | tail -1)
if [ -n "${ENDCAP_TEST_POSTGRES_URL:-}" ] || [ -z "$bin" ]; then exec "$@"; fi

as_postgres() { # PostgreSQL refuses to run as root
  if [ "$(id -u)" = 0 ]; then su postgres -s /bin/sh -c "$*"; else sh -c "$*"; fi
}
shm=$(df -m /dev/shm 2>/dev/null | awk 'END { print $4 }')
home=$(mktemp -d "$(if [ "${shm:-0}" -ge 2000 ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi)/endcap.XXXXXX")
if [ "$(id -u)" = 0 ]; then chown postgres "$home"; fi
trap 'as_postgres "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1; rm -rf "$home"' EXIT INT TERM
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
as_postgres "$bin/initdb" -D "$home/data" --username postgres --auth trust --no-sync >/dev/null
cat >>"$home/data/postgresql.conf" <<END
port = $port
unix_socket_directories = '$home'
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 512MB
max_connections = 200
END
as_postgres "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w start >/dev/null
psql -h 127.0.0.1 -p "$port" -U postgres -qc "CREATE ROLE endcap_test LOGIN CREATEDB"
ENDCAP_TEST_POSTGRES_URL=postgresql://endcap_test@127.0.0.1:$port/postgres "$@"
