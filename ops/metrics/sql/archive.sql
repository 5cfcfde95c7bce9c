-- Segments that wait to be archived, where something archives.
SELECT 'odooops_archive_waiting_segments', '', count(*)::float8
FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'
HAVING current_setting('archive_mode') <> 'off'
