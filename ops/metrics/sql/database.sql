SELECT what.name, '', what.value
FROM pg_stat_database d, LATERAL (VALUES
  ('odooops_database_bytes', pg_database_size(d.datid)::float8),
  ('odooops_postgres_commits_total', d.xact_commit::float8),
  ('odooops_postgres_rollbacks_total', d.xact_rollback::float8),
  ('odooops_postgres_deadlocks_total', d.deadlocks::float8),
  ('odooops_postgres_blocks_hit_total', d.blks_hit::float8),
  ('odooops_postgres_blocks_read_total', d.blks_read::float8)
) AS what (name, value)
WHERE d.datname = $1
