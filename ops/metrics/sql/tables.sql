-- Of all rows, those that vacuum has yet to remove.
SELECT 'odooops_postgres_dead_rows_ratio', '',
  (sum(n_dead_tup) / greatest(sum(n_live_tup + n_dead_tup), 1))::float8
FROM pg_stat_user_tables
HAVING count(*) > 0
