# Runs inside `odoo shell`, as the last step of odoo-init, in one transaction:
# from its commit on the database counts as complete. env is the shell's.
# ruff: noqa: F821
import json
import os
import sys
from datetime import datetime, timezone

sys.path.insert(0, "/usr/local/lib/odooops")
import modules

with open("/etc/odoo/admin.json", encoding="utf-8") as file:
    account = json.load(file)

# Nobody is to be warned that the account of a new database was changed.
type(env["res.users"])._notify_security_setting_update = lambda *_, **__: None
admin = env.ref("base.user_admin")
admin.write({"login": account["login"], "password": account["password"]})
if "@" in account["login"]:
    admin.partner_id.email = account["login"]

# Demo data brings accounts whose passwords everybody knows.
env["res.users"].search([("id", "not in", (admin.id, env.uid))]).active = False

parameters = env["ir.config_parameter"]
# Reports fetch their own assets: from here, not by the way around the internet.
parameters.set_param("report.url", "http://127.0.0.1:8069")

if os.environ.get("ODOO_NEUTRALIZE") == "1":
    parameters.set_param("web.base.url", os.environ["ODOO_URL"])
    parameters.set_param("web.base.url.freeze", "True")
    # Neutralised, no scheduled action runs but autovacuum; the catcher is to get queued mail.
    queue = env.ref("mail.ir_cron_mail_scheduler_action", raise_if_not_found=False)
    if queue:
        queue.active = True
    if "mail.alias.domain" in env:
        # The first one becomes the companies' and the aliases' own.
        env["mail.alias.domain"].search([], limit=1) or env["mail.alias.domain"].create(
            {"name": os.environ["ODOO_DOMAIN"]}
        )

installed = env["ir.module.module"].search([("state", "=", "installed")]).mapped("name")
parameters.set_param(modules.PARAMETER, json.dumps(modules.contents(installed), sort_keys=True))
parameters.set_param("odooops.initialised", datetime.now(timezone.utc).isoformat(timespec="seconds"))
env.cr.execute("DROP SCHEMA odooops_initialising")
env.cr.commit()
