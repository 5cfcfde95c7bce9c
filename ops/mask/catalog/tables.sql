-- Tables with rows and their columns, those of extensions apart.
SELECT n.nspname, r.relname, r.relpages::bigint, pg_table_size(r.oid),
  coalesce(a.attname, ''), coalesce(format_type(a.atttypid, a.atttypmod), ''),
  coalesce(base.typname, ''), coalesce(base.typcategory::text, ''), coalesce(isarray, false),
  CASE WHEN element.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 0 END,
  coalesce(a.attnotnull OR own.typnotnull, false), coalesce(a.attgenerated <> '', false),
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)),
  coalesce((SELECT f.relname FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
    WHERE k.conrelid = r.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey) LIMIT 1), ''),
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisunique AND NOT i.indisprimary
    AND (a.attnum = ANY (i.indkey) OR pg_get_indexdef(i.indexrelid) ~ ('\m' || a.attname || '\M'))),
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisunique AND NOT i.indisprimary
    AND i.indnkeyatts = 1 AND (a.attnum = i.indkey[0]
      OR i.indkey[0] = 0 AND pg_get_indexdef(i.indexrelid, 1, true) ~ ('\m' || a.attname || '\M')))
FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type own ON own.oid = a.atttypid
LEFT JOIN LATERAL (SELECT own.typtype = 'b' AND own.typcategory = 'A' AS isarray) shape ON true
LEFT JOIN pg_type element ON element.oid = CASE WHEN isarray THEN own.typelem ELSE own.oid END
-- A domain is what it is over.
LEFT JOIN pg_type base ON base.oid = CASE WHEN element.typtype = 'd' THEN element.typbasetype ELSE element.oid END
WHERE r.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')
ORDER BY n.nspname, r.relname, a.attnum
