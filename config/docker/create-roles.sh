#!/bin/sh
# Run once by the PostgreSQL image, when its volume is new: makes the two roles and the database.
set -eu

psql -X -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner="$MANICULE_OWNER_PASSWORD" -v server="$MANICULE_SERVER_PASSWORD" <<'SQL'
CREATE ROLE manicule_owner LOGIN PASSWORD :'owner';
CREATE ROLE manicule_server LOGIN PASSWORD :'server';
CREATE DATABASE manicule OWNER manicule_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE manicule FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE manicule TO manicule_server;
SQL
