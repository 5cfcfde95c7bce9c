-- What a database may be made of, in little: each value that must not come
-- through has "zq" in it.
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN short AS varchar(20) NOT NULL;
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key varchar NOT NULL UNIQUE, value text NOT NULL);
INSERT INTO ir_config_parameter (key, value) VALUES ('database.secret', 'zqsecret0123456789'), ('web.base.url', 'https://erp.zqacme.com'),
  ('mail.x', 'zqunknown'), ('database.is_neutralized', 'true');
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name varchar);
INSERT INTO ir_module_module (name) VALUES ('base');
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module varchar, name varchar, model varchar, res_id int);
INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('base', 'user_admin', 'res.users', 2), ('base', 'shipped_view', 'ir.ui.view', 1);
CREATE TABLE res_partner (
  id serial PRIMARY KEY, name text, is_company bool, email varchar(64), email_normalized text, phone text, vat text,
  comment text, tags text[], translated jsonb, props jsonb, born date, amount numeric, mood mood, code short,
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED, photo bytea, write_uid int, parent_id int REFERENCES res_partner);
INSERT INTO res_partner (name, is_company, email, email_normalized, phone, vat, comment, tags, translated, props, born, amount, mood, code, photo)
  SELECT 'Jean zqdupont' || n, n % 2 = 0, 'Jean' || n || '@zqacme.com', 'jean' || n || '@zqacme.com', '+33 6 12 34 ' || (1000 + n), 'BEzq' || 10000000 + n,
    E'<p title="zqtitle">Met zqdupont\t' || n || E'\\ in\n<a href="https://zqlink">x</a></p>', ARRAY['zqtag, "a"', NULL, 'b'], jsonb_build_object('en_US', 'zqname', 'fr_FR', 'zqnom'),
    '{"a": {"b": ["zqprop", 1, true]}}', date '1980-01-01' + n, n * 1.5, 'good', 'zq' || n, 'zqphoto'
  FROM generate_series(1, 3000) n;
UPDATE res_partner SET parent_id = id - 1 WHERE id > 1;
CREATE TABLE res_users (id int PRIMARY KEY, login varchar NOT NULL UNIQUE, password text, active bool, partner_id int REFERENCES res_partner);
INSERT INTO res_users VALUES (1, '__system__', NULL, false, 1), (2, 'boss@zqacme.com', 'zqhash', true, 2), (3, 'Jean3@zqacme.com', NULL, true, 3);
CREATE TABLE ir_ui_view (id serial PRIMARY KEY, arch_db jsonb, write_uid int, arch_updated bool);
INSERT INTO ir_ui_view (arch_db, write_uid, arch_updated) VALUES ('{"en_US": "<p>Hello</p>"}', 1, NULL), ('{"en_US": "<p t-out=\"x\">zqview</p>"}', 1, NULL);
CREATE TABLE ir_attachment (id serial PRIMARY KEY, name varchar NOT NULL, type varchar, mimetype varchar, url varchar, store_fname varchar,
  checksum varchar, file_size int, index_content text, db_datas bytea);
CREATE TABLE wizard (id serial PRIMARY KEY, note text);
INSERT INTO wizard (note) VALUES ('zqwizard');
CREATE TABLE move (id bigint GENERATED ALWAYS AS IDENTITY, day date, note text, wizard_id int REFERENCES wizard) PARTITION BY RANGE (day);
CREATE TABLE move_old PARTITION OF move FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE move_new PARTITION OF move FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO move (day, note, wizard_id) VALUES ('2019-05-05', 'zqmove', 1), ('2021-05-05', 'zqmove', NULL);
CREATE VIEW contacts AS SELECT id, name FROM res_partner;
CREATE MATERIALIZED VIEW companies AS SELECT id, name FROM res_partner WHERE is_company;
CREATE INDEX ON res_partner (lower(email)) WHERE is_company;
CREATE TABLE "Odd Name" ("a ""b""" text);
INSERT INTO "Odd Name" VALUES ('zqodd'), (''), (NULL);
SELECT lo_from_bytea(0, 'zqlarge');
