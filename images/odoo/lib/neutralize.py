"""odoo-neutralize makes a copy of production's database harmless: it runs
Odoo's own neutralisation and what that leaves, in one transaction, and may be
run again. It takes ODOO_URL, where the copy will be served, and ODOO_DOMAIN,
what is behind the @ of its mail aliases.

Odoo silently leaves out an installed module that is not on the addons path,
and one that brings no data/neutralize.sql. So the first is refused, and so is
a module that is not Odoo's own, that talks to others and brings none: a file
with SELECT 1; says that somebody looked. ODOO_NEUTRALIZE_ALLOW names, between
commas, modules of others where such a file can't be added.

What is secret in the rows is not its business: the masking replaces that.
"""

import os
import re
import time

import modules
import talks
from job import CONFIG, HERE, Failed, connect, exists, lock, options, run, say

# Odoo's own that ship no neutralize.sql and need one.
OURS = os.path.join(HERE, "neutralize")

# What must not be in a database that is neutralised, by the table it is in: a
# module's own SQL may undo what another's did.
LEFT = {
    "ir_mail_server": ("an outgoing mail server is active", "active AND smtp_host <> 'invalid'"),
    "fetchmail_server": ("a mailbox is fetched", "active"),
    "ir_cron": (
        "a scheduled action is active",
        "active AND id NOT IN (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
        " AND (module, name) IN (('base', 'autovacuum_job'), ('mail', 'ir_cron_mail_scheduler_action')))",
    ),
    "ir_act_server": (
        "a webhook has an address",
        "state = 'webhook' AND webhook_url <> 'neutralization - disable webhook'",
    ),
    "payment_provider": ("a payment provider is live", "state = 'enabled'"),
    "delivery_carrier": ("a carrier is live", "prod_environment"),
    "auth_oauth_provider": ("an OAuth provider is enabled", "enabled"),
}


def queries(installed):
    """Each module's SQL. A module that should have some, and has none, fails."""
    from odoo.modules.module import Manifest
    from odoo.tools import config

    found = {name: Manifest.for_addon(name, display_warning=False) for name in installed}
    missing = [name for name in installed if not found[name]]
    if missing:
        raise Failed(
            f"the database has modules that are not on this image's addons path: {', '.join(missing)}."
            " What they run against others would not be switched off. Use the image that the backup is annotated with"
        )
    odoo = {os.path.realpath(config.addons_base_dir), os.path.realpath(config.addons_community_dir)}
    allowed = set(filter(None, re.split(r"[,\s]+", os.environ.get("ODOO_NEUTRALIZE_ALLOW", ""))))
    sql, refused = [], []
    # Base's first: a module of a later name may count on what it does.
    for name in sorted(installed, key=lambda name: (name != "base", name)):
        manifest = found[name]
        theirs = os.path.join(manifest.path, "data", "neutralize.sql")
        ours = os.path.join(OURS, f"{name}.sql")
        core = os.path.realpath(manifest.addons_path) in odoo
        for file in [theirs] + ([ours] if core else []):
            if os.path.exists(file):
                with open(file, encoding="utf-8") as opened:
                    sql.append((name, opened.read().strip()))
        if core or name in allowed or os.path.exists(theirs):
            continue
        why = talks.why(name, manifest.path)
        if why:
            refused.append(f"{name} ({why})")
    if refused:
        raise Failed(
            f"modules that seem to talk to others bring no data/neutralize.sql: {'; '.join(refused)}."
            " Add one that switches it off, SELECT 1; where there is nothing to switch off,"
            " or name a module of others in ODOO_NEUTRALIZE_ALLOW (odooops restore --harmless)"
        )
    return sql


def neutralise(cursor, sql):
    # Odoo's adds it each time.
    cursor.execute("DELETE FROM ir_mail_server WHERE smtp_host = 'invalid' AND name LIKE 'neutralization - %'")
    for name, query in sql:
        try:
            if query:
                cursor.execute(query)
        except Exception as error:
            # Neither its detail nor what follows a colon, which may be a value.
            first = str(error).partition("\n")[0].partition(": ")[0] or type(error).__name__
            raise Failed(f"neutralize.sql of {name}: {first}") from None


def settle(cursor):
    """What a stack that is not production wants, as odoo-init has it."""
    for key, value in (
        ("web.base.url", os.environ["ODOO_URL"]),
        ("web.base.url.freeze", "True"),
        ("report.url", "http://127.0.0.1:8069"),
    ):
        cursor.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
    if exists(cursor, "public.mail_mail"):
        # The catcher is to get queued mail, but not what production had queued.
        cursor.execute("DELETE FROM mail_mail WHERE state = 'outgoing'")
        cursor.execute(
            "UPDATE ir_cron SET active = true WHERE id IN (SELECT res_id FROM ir_model_data"
            " WHERE model = 'ir.cron' AND module = 'mail' AND name = 'ir_cron_mail_scheduler_action')"
        )
    if exists(cursor, "public.mail_alias_domain"):
        cursor.execute(
            "UPDATE mail_alias_domain d SET name = CASE WHEN n = 1 THEN %s ELSE n || '.' || %s END"
            " FROM (SELECT id, row_number() OVER (ORDER BY sequence, id) AS n FROM mail_alias_domain) o"
            " WHERE o.id = d.id",
            (os.environ["ODOO_DOMAIN"], os.environ["ODOO_DOMAIN"]),
        )
        cursor.execute(
            "UPDATE mail_alias a SET alias_full_name = a.alias_name || '@' || d.name"
            " FROM mail_alias_domain d WHERE d.id = a.alias_domain_id AND a.alias_name IS NOT NULL"
        )


def check(cursor):
    left = []
    for table, (what, condition) in LEFT.items():
        if not exists(cursor, f"public.{table}"):
            continue
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {condition}")
        if cursor.fetchone()[0]:
            left.append(f"{what} ({table})")
    cursor.execute("SELECT value FROM ir_config_parameter WHERE key = 'database.is_neutralized'")
    if cursor.fetchone() is None:
        left.append("database.is_neutralized is not set")
    if left:
        raise Failed(f"after all modules' neutralize.sql, {', '.join(left)}: one of them undoes what another did")


def main():
    unset = [v for v in ("ODOO_URL", "ODOO_DOMAIN") if not os.environ.get(v)]
    if unset:
        raise Failed(f"{' and '.join(unset)} must be set")
    conf = options()
    modules.read_configuration(CONFIG)
    connection = connect(conf)
    connection.autocommit = False
    with connection, connection.cursor() as cursor:
        lock(cursor)
        if not exists(cursor, "public.ir_module_module"):
            raise Failed(f"there is no Odoo in database {conf['db_name']}")
        started = time.monotonic()
        # One that is about to go is still there.
        sql = queries(modules.installed(cursor, "to remove"))
        neutralise(cursor, sql)
        settle(cursor)
        check(cursor)
    say(f"neutralised, with {len(sql)} modules' own SQL, in {time.monotonic() - started:.1f} s")


run(main, "The database is as it was: run the same again when that is put right")
