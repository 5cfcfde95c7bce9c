-- Rows as a company's years leave them, in Odoo's own tables: for each contact
-- three messages with a few hundred characters of HTML, two thirds of an
-- attachment, tracked changes. 190,000 contacts make about 1 GB.
-- psql --set=contacts=N
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SELECT coalesce(max(id), 0) AS first FROM res_partner \gset

INSERT INTO res_partner (name, complete_name, email, email_normalized, phone, phone_sanitized, street, zip, city, vat,
  function, website, comment, type, lang, active, color, create_date, write_date, create_uid, write_uid)
SELECT p.name, p.name, p.email, lower(p.email), p.phone, replace(p.phone, ' ', ''), 'Rue du Marché ' || n % 300,
  (1000 + n % 8999)::text, 'Ville ' || n % 900, 'BE0' || lpad((n % 1000000000)::text, 9, '0'),
  'Function ' || n % 200, 'https://www.company-' || n || '.test',
  '<p>Met on the fair of ' || 1990 + n % 35 || '. ' || md5(n::text) || ' ' || md5((n + 1)::text) || '</p>',
  'contact', 'en_US', true, 0, now() - n * interval '1 minute', now(), 1, 1
FROM (
  SELECT n, initcap(md5('first' || n % 5000)::varchar(7)) || ' ' || initcap(md5('last' || n)::varchar(9)) AS name,
    'person.' || n || '@company-' || n % 40000 || '.test' AS email,
    '+32 4' || lpad((n % 100000000)::text, 8, '0') AS phone
  FROM generate_series(:first + 1, :first + :contacts) n
) p;
UPDATE res_partner SET commercial_partner_id = id WHERE commercial_partner_id IS NULL;

INSERT INTO mail_message (subject, body, email_from, reply_to, author_id, model, res_id, message_type, subtype_id, message_id,
  date, create_date, write_date, create_uid, write_uid)
SELECT 'About order ' || p.id || '/' || m, '<p>Dear <b>' || p.name || '</b>,</p><p>' ||
  (SELECT string_agg(md5(p.id::text || m || w), ' ') FROM generate_series(1, 12) w) ||
  '</p><p>Call ' || p.phone || ' or write to <a href="mailto:' || p.email || '">' || p.email || '</a>.</p>',
  '"' || p.name || '" <' || p.email || '>', p.email, p.id, 'res.partner', p.id, 'comment', 1,
  '<' || md5(p.id || '.' || m) || '@erp.test>', now() - p.id * interval '1 minute', now(), now(), 1, 1
FROM res_partner p, generate_series(1, 3) m WHERE p.id > :first;

SELECT count(DISTINCT store_fname) AS files FROM ir_attachment WHERE name LIKE 'bulk-%' \gset
-- A thousand files are behind all of them: content is addressed by its hash.
INSERT INTO ir_attachment (name, res_model, res_id, type, mimetype, store_fname, checksum, file_size, index_content,
  create_date, write_date, create_uid, write_uid)
SELECT 'Contract of ' || p.name || '.txt', 'res.partner', p.id, 'binary', 'text/plain', f.store_fname, f.checksum, f.file_size,
  'contract ' || p.name || ' ' || md5(p.id::text), now(), now(), 1, 1
FROM res_partner p JOIN (
  SELECT row_number() OVER (ORDER BY store_fname) - 1 AS n, store_fname, checksum, file_size
  FROM (SELECT DISTINCT store_fname, checksum, file_size FROM ir_attachment WHERE name LIKE 'bulk-%') distinct_files
) f ON f.n = p.id % :files
WHERE p.id > :first AND p.id % 3 < 2;

INSERT INTO mail_tracking_value (field_id, mail_message_id, old_value_char, new_value_char, create_date, write_date)
SELECT (SELECT id FROM ir_model_fields WHERE model = 'res.partner' AND name = 'email'), m.id, 'old.' || p.email, p.email, now(), now()
FROM mail_message m JOIN res_partner p ON p.id = m.res_id AND m.model = 'res.partner'
WHERE p.id > :first AND m.id % 3 = 0;
ANALYZE;
\pset tuples_only on
SELECT pg_database_size(current_database());
