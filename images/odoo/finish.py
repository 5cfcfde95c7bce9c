# Runs inside `odoo shell`, as the last step of odoo-init, in one transaction:
# from its commit on the database counts as complete.
import json
from datetime import datetime, timezone

with open("/etc/odoo/admin.json", encoding="utf-8") as file:
    account = json.load(file)

admin = env.ref("base.user_admin")  # noqa: F821 (env is the shell's)
admin.write({"login": account["login"], "password": account["password"]})
if "@" in account["login"]:
    admin.partner_id.email = account["login"]

parameters = env["ir.config_parameter"]  # noqa: F821
# Reports fetch their own assets: from here, not by the way around the internet.
parameters.set_param("report.url", "http://127.0.0.1:8069")
parameters.set_param("odooops.initialised", datetime.now(timezone.utc).isoformat(timespec="seconds"))
env.cr.execute("DROP SCHEMA odooops_initialising")  # noqa: F821
env.cr.commit()  # noqa: F821
