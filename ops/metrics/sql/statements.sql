-- The text is Postgres's own: without constants, but where there was no room
-- for it at first.
SELECT queryid, left(min(query), 4000), (sum(total_exec_time) / 1000)::float8
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)
  AND userid <> current_user::regrole AND queryid IS NOT NULL
GROUP BY queryid
