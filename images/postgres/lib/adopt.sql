-- Once, in restored rows. Words between colons are replaced by literals; an
-- empty one leaves what is there.
DO $adopt$
DECLARE
  administrator integer;
BEGIN
  EXECUTE format('ALTER ROLE postgres PASSWORD %L', :postgresPassword:);
  EXECUTE format('ALTER ROLE %I PASSWORD %L', :odooUser:, :databasePassword:);

  IF :adminPasswordHash: <> '' THEN
    administrator := (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_admin');
    UPDATE res_users SET login = coalesce(nullif(:adminLogin:, ''), login), password = :adminPasswordHash:
    WHERE id = administrator;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the data has no administrator (base.user_admin)';
    END IF;
  END IF;

  IF :uuid: <> '' THEN
    INSERT INTO ir_config_parameter (key, value) VALUES ('database.uuid', :uuid:), ('database.secret', :secret:)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
  END IF;

  IF :url: <> '' THEN
    INSERT INTO ir_config_parameter (key, value) VALUES ('web.base.url', :url:), ('web.base.url.freeze', 'True')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
  END IF;

  IF :domain: <> '' AND to_regclass('mail_alias_domain') IS NOT NULL THEN
    UPDATE mail_alias_domain SET name = :domain:;
    UPDATE mail_alias SET alias_full_name = alias_name || '@' || :domain:
    WHERE alias_domain_id IS NOT NULL AND alias_name <> '';
  END IF;
END $adopt$
