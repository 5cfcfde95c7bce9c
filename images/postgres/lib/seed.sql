-- Once, in a preview's copy of the template's Odoo database: what must not be
-- the same in two of them. Words between colons are replaced by literals.
DO $seed$
DECLARE
  administrator integer := (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_admin');
BEGIN
  EXECUTE format('ALTER ROLE postgres PASSWORD %L', :postgresPassword:);
  EXECUTE format('ALTER ROLE %I PASSWORD %L', :odooUser:, :databasePassword:);

  UPDATE res_users SET login = :adminLogin:, password = :adminPasswordHash: WHERE id = administrator;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the template has no administrator (base.user_admin)';
  END IF;

  INSERT INTO ir_config_parameter (key, value) VALUES
    ('database.uuid', :uuid:),
    ('database.secret', :secret:),
    ('web.base.url', :url:),
    ('web.base.url.freeze', 'True')
  ON CONFLICT (key) DO UPDATE SET value = excluded.value;

  IF to_regclass('mail_alias_domain') IS NOT NULL THEN
    UPDATE mail_alias_domain SET name = :domain:;
    UPDATE mail_alias SET alias_full_name = alias_name || '@' || :domain:
    WHERE alias_domain_id IS NOT NULL AND alias_name <> '';
  END IF;
END $seed$
