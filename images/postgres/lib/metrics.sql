-- What odooops-metrics needs; see lib/metrics. Done twice, it ends the same.
\getenv password password
\getenv database database
\getenv odoo_user odoo_user
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['odooops_metrics', 'odooops_counts']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE odooops_metrics LOGIN PASSWORD :'password' CONNECTION LIMIT 8;
-- Reserved ones: that there are no others left is what it is to say.
GRANT pg_monitor, pg_use_reserved_connections TO odooops_metrics;
GRANT CONNECT ON DATABASE :"database" TO odooops_metrics;
-- Not in Odoo's database: what is copied of that stays Odoo's alone.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

\connect :"database"
-- Who may read Odoo's tables may read every row. Only the function may, as a
-- role nobody logs in as; it sees tables that come later, and Odoo's own
-- DROP OWNED leaves it alone.
GRANT :"odoo_user" TO odooops_counts;
CREATE SCHEMA IF NOT EXISTS odooops;
ALTER SCHEMA odooops OWNER TO postgres;
-- Everybody who may connect: a right of one role would be a line of each dump
-- that can't be loaded where there is no such role.
GRANT USAGE ON SCHEMA odooops TO PUBLIC;
BEGIN;
DROP FUNCTION IF EXISTS odooops.counts();
CREATE FUNCTION odooops.counts() RETURNS TABLE (name text, label text, value double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $counts$
#variable_conflict use_column
DECLARE
  -- Odoo's times are UTC and don't say so.
  utc timestamp := now() AT TIME ZONE 'UTC';
  complete boolean := true;
BEGIN
  BEGIN
    RETURN QUERY SELECT 'odooops_mail_queue', s.state, count(m.id)::float8
      FROM unnest(ARRAY['outgoing', 'exception']) AS s (state)
      LEFT JOIN public.mail_mail m ON m.state = s.state AND (m.scheduled_date IS NULL OR m.scheduled_date <= utc)
      GROUP BY s.state;
  EXCEPTION WHEN undefined_table OR undefined_column OR lock_not_available THEN complete := false;
  END;
  BEGIN
    RETURN QUERY SELECT 'odooops_cron_failures', left(c.cron_name, 80), max(c.failure_count)::float8
      FROM public.ir_cron c WHERE c.active AND c.failure_count > 0
      GROUP BY 2 ORDER BY 3 DESC LIMIT 50;
    RETURN QUERY SELECT 'odooops_cron_overdue_seconds', '',
      greatest(coalesce(max(extract(epoch FROM utc - c.nextcall)), 0), 0)::float8
      FROM public.ir_cron c WHERE c.active;
  EXCEPTION WHEN undefined_table OR undefined_column OR lock_not_available THEN complete := false;
  END;
  BEGIN
    -- A browser says every minute that it is there, and not when it is gone.
    RETURN QUERY SELECT 'odooops_users_online', '', count(*)::float8
      FROM public.mail_presence p
      WHERE p.user_id IS NOT NULL AND p.status <> 'offline' AND p.last_poll > utc - interval '3 minutes';
  EXCEPTION WHEN undefined_table OR undefined_column OR lock_not_available THEN complete := false;
  END;
  RETURN QUERY SELECT 'odooops_up', 'odoo_schema', complete::int::float8;
END $counts$;
ALTER FUNCTION odooops.counts() OWNER TO odooops_counts;
COMMIT;
