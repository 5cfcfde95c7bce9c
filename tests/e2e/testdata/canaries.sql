-- Puts a random value into one row of each column that is named on stdin
-- (table, tab, column), as it would be there in earnest: by its type, into a row
-- that is there or into a new one. Prints table, column, value, problem.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\t'
CREATE TEMP TABLE wanted (t text, c text);
\copy wanted FROM pstdin
CREATE TEMP TABLE planted (t text, c text, v text, problem text);

CREATE FUNCTION pg_temp.literal(type text, translated bool, company bool, v text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE
    WHEN type IN ('jsonb', 'json') THEN quote_literal(CASE
      WHEN translated THEN jsonb_build_object('en_US', v)
      WHEN company THEN jsonb_build_object('1', v)
      ELSE jsonb_build_object('canary', v) END) || '::' || type
    WHEN type = 'bytea' THEN 'convert_to(' || quote_literal(v) || ', ''UTF8'')'
    WHEN type IN ('_text', '_varchar') THEN 'ARRAY[' || quote_literal(v) || ']'
    ELSE quote_literal(v)
  END
$$;

-- What a new row needs besides: the first record that a foreign key allows,
-- and something plain for the rest.
CREATE FUNCTION pg_temp.needed(rel regclass, but text, OUT names text, OUT vals text) LANGUAGE plpgsql AS $$
DECLARE a record; target regclass; id bigint; v text;
BEGIN
  FOR a IN SELECT attname, attnum, atttypid, typname, typcategory FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef AND attidentity = '' AND attname <> but
  LOOP
    SELECT confrelid INTO target FROM pg_constraint
    WHERE conrelid = rel AND contype = 'f' AND conkey = ARRAY[a.attnum];
    IF target IS NOT NULL THEN
      EXECUTE format('SELECT min(id) FROM %s', target) INTO id;
      v := coalesce(id::text, 'NULL');
    ELSE
      v := CASE
        WHEN a.typcategory = 'N' THEN '1'
        WHEN a.typcategory = 'B' THEN 'false'
        WHEN a.typcategory = 'D' THEN 'now()'
        WHEN a.typname IN ('jsonb', 'json') THEN '''{"en_US": "x"}'''
        ELSE quote_literal('x') END;
    END IF;
    names := concat_ws(', ', names, quote_ident(a.attname));
    vals := concat_ws(', ', vals, v);
  END LOOP;
END $$;

DO $$
DECLARE w record; rel regclass; v text; lit text; n bigint; more record; place text;
BEGIN
  FOR w IN SELECT wanted.t, wanted.c, typname AS type, atttypmod AS modifier, coalesce(f.translate::text, '') NOT IN ('', 'false') AS translated,
      coalesce(f.company_dependent, false) AS company
    FROM wanted JOIN pg_class r ON r.relname = wanted.t AND r.relnamespace = 'public'::regnamespace AND r.relkind = 'r'
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = wanted.c JOIN pg_type ON pg_type.oid = a.atttypid
    LEFT JOIN ir_model_fields f ON f.model = replace(wanted.t, '_', '.') AND f.name = wanted.c
    WHERE typname IN ('text', 'varchar', 'bpchar', 'jsonb', 'json', 'bytea', '_text', '_varchar')
    ORDER BY 1, 2
  LOOP
    rel := format('public.%I', w.t);
    v := 'zq' || substr(md5(random()::text || w.t || w.c), 1, 22);
    IF w.type IN ('varchar', 'bpchar') AND w.modifier > 4 THEN v := left(v, w.modifier - 4); END IF;
    lit := pg_temp.literal(w.type, w.translated, w.company, v);
    BEGIN
      -- The administrator goes on logging in.
      place := CASE WHEN w.t = 'res_users' THEN 'id = 1'
        WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = rel AND attname = 'id') THEN format('id = (SELECT max(id) FROM %s)', rel)
        ELSE format('ctid = (SELECT max(ctid) FROM %s)', rel) END;
      EXECUTE format('UPDATE %s SET %I = %s WHERE %s', rel, w.c, lit, place);
      GET DIAGNOSTICS n = ROW_COUNT;
      IF n = 0 THEN
        SELECT * INTO more FROM pg_temp.needed(rel, w.c);
        EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', rel, concat_ws(', ', quote_ident(w.c), more.names), concat_ws(', ', lit, more.vals));
      END IF;
      -- By a user, not by the module that brought the row.
      IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = rel AND attname = 'write_uid') THEN
        EXECUTE format('UPDATE %s SET write_uid = 2 WHERE %s', rel, place);
      END IF;
      INSERT INTO planted VALUES (w.t, w.c, v);
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO planted VALUES (w.t, w.c, v, SQLERRM);
    END;
  END LOOP;
END $$;
SELECT t, c, v, coalesce(problem, '') FROM planted ORDER BY 1, 2;
