# Runs on the host, by ssh. $postgres, $backup, $odoo and $stanza are set before.
# shellcheck shell=sh disable=SC2154
echo "=== containers"
timeout 5 docker ps --all --format '{{.Names}}|{{.State}}|{{.Status}}'
echo "=== disk"
df --block-size=1 --output=avail /data | tail -n 1
[ -n "$odoo" ] || exit 0
echo "=== pdf"
timeout 5 docker exec "$odoo" test -e /usr/share/odooops/pdf-off && echo off
[ -n "$stanza" ] || exit 0
echo "=== archive"
timeout 6 docker exec -i -u postgres "$postgres" psql -XAtqF, -d postgres <<'SQL'
SELECT coalesce(extract(epoch FROM now() - a.last_archived_time)::int, -1),
       coalesce(a.last_failed_time > a.last_archived_time, a.last_failed_time IS NOT NULL, false),
       r.waiting,
       r.oldest,
       (w.wal_bytes / greatest(extract(epoch FROM now() - w.stats_reset), 60))::bigint,
       pg_size_bytes(current_setting('wal_segment_size')) / 30 -- one a heartbeat
  FROM pg_stat_archiver a, pg_stat_wal w,
       (SELECT count(*) AS waiting,
               coalesce(extract(epoch FROM now() - min(modification))::int, 0) AS oldest
          FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') r;
SQL
echo "=== backups"
timeout 9 docker exec "$backup" backup-info
exit 0
