#!/bin/sh
# What the masked restore is measured against: pg_dump -j2 of production's
# database and pg_restore -j2 into a fresh cluster with the settings of the
# quarantine's, on production's own machine. Prints seconds.
set -eu
image=$1
data=/data/bench
docker rm -f bench-yardstick >/dev/null 2>&1 || :
rm -rf $data && mkdir -p $data && chown 999:999 $data
docker run -d --name bench-yardstick --network none --shm-size 1g -v production-postgres-socket:/production -v $data:/yard \
  --entrypoint setpriv "$image" --reuid=postgres --regid=postgres --clear-groups sh -ec '
  initdb -D /yard/pg --data-checksums --locale-provider=builtin --locale=C.UTF-8 --encoding=UTF8 >/dev/null
  exec postgres -D /yard/pg -c listen_addresses= -c unix_socket_directories=/yard -c fsync=off -c wal_level=minimal \
    -c max_wal_senders=0 -c autovacuum=off -c full_page_writes=off -c synchronous_commit=off -c jit=off \
    -c maintenance_work_mem=512MB -c max_wal_size=8GB -c shared_buffers=512MB' >/dev/null
until docker exec -u postgres bench-yardstick psql -h /yard -qAtc 'select 1' postgres >/dev/null 2>&1; do sleep 0.2; done
docker exec -u postgres bench-yardstick psql -h /yard -qc 'create role odoo' -c 'create role odooops_counts' -c 'create database odoo owner odoo template template0' postgres
began=$(date +%s.%N)
docker exec -u postgres bench-yardstick pg_dump -h /production -Fd -j2 -Z zstd:3 -f /yard/dump odoo
dumped=$(date +%s.%N)
docker exec -u postgres bench-yardstick pg_restore -h /yard -d odoo -j2 /yard/dump
ended=$(date +%s.%N)
docker rm -f bench-yardstick >/dev/null
rm -rf $data
echo "$began $dumped $ended" | awk '{printf "%.1f %.1f\n", $2 - $1, $3 - $2}'
