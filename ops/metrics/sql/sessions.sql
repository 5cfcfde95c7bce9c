-- Sessions of clients, this program's own apart.
WITH clients AS MATERIALIZED (
  SELECT coalesce(state, 'starting') AS state, wait_event_type, xact_start
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND usename IS DISTINCT FROM current_user
)
SELECT 'odooops_postgres_connections', state, count(clients.state)::float8
FROM unnest(ARRAY['active', 'idle', 'idle in transaction']) AS always (state) FULL JOIN clients USING (state)
GROUP BY state
UNION ALL
SELECT 'odooops_postgres_connections_max', '', current_setting('max_connections')::float8
UNION ALL
SELECT 'odooops_postgres_locks_waiting', '', count(*) FILTER (WHERE wait_event_type = 'Lock')::float8 FROM clients
UNION ALL
SELECT 'odooops_postgres_longest_transaction_seconds', '',
  coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
FROM clients
