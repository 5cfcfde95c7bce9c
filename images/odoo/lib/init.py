"""odoo-init makes Odoo's database once, and does nothing ever after.

The database and its role are there; what is missing is Odoo's schema. A
schema named odooops_initialising is made before anything else and dropped in
the very transaction that completes the database. So whoever finds it knows
that the rest is half-built and nobody's data: it is dropped and made anew. A
database with Odoo in it and without that schema is somebody's, such as a
restored one, and is left alone.

ODOO_INIT_MODULES names the modules. ODOO_DEMO=1 adds Odoo's demo data.
ODOO_NEUTRALIZE=1 is for what is not production: it takes ODOO_URL, where it is
served, and ODOO_DOMAIN, what is behind the @ of its mail aliases.
"""

import json
import os
import shutil
import time

from job import Failed, connect, exists, lock, options, run, run_odoo, say, script

ADMIN = "/etc/odoo/admin.json"
UNFINISHED = "odooops_initialising"


def wanted(variable):
    return os.environ.get(variable) == "1"


def check():
    with open(ADMIN, encoding="utf-8") as file:
        admin = json.load(file)
    for key in ("login", "password"):
        if not admin.get(key):
            raise Failed(f"admin.json has no {key}")
    if admin["password"] == "admin":
        raise Failed("admin.json gives the password that every newcomer tries first; choose another")
    if wanted("ODOO_NEUTRALIZE"):
        missing = [v for v in ("ODOO_URL", "ODOO_DOMAIN") if not os.environ.get(v)]
        if missing:
            raise Failed(f"ODOO_NEUTRALIZE=1 needs {' and '.join(missing)}")


def unfinished(cursor):
    cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (UNFINISHED,))
    return cursor.fetchone() is not None


def drop_half_built(cursor, conf):
    say("an earlier initialisation did not complete: dropping what it made")
    # Extensions live in public too, and belong to the superuser who made
    # them: so the tables and functions of Odoo go, not the schema.
    cursor.execute("DROP OWNED BY CURRENT_USER")
    # That also took the marker, which must be there as long as anything is half-built.
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {UNFINISHED}")
    data = conf.get("data_dir") or "/var/lib/odoo"
    shutil.rmtree(os.path.join(data, "filestore", conf["db_name"]), ignore_errors=True)


def initialise(conf):
    modules = os.environ.get("ODOO_INIT_MODULES") or "base,web,mail,contacts"
    demo = wanted("ODOO_DEMO")
    say(f"making database {conf['db_name']} with {modules}, {'with' if demo else 'without'} demo data")
    run_odoo(
        "installing the modules", "server", conf, f"--init={modules}",
        "--with-demo" if demo else "--without-demo=true",
        "--stop-after-init", "--no-http", "--workers=0", "--max-cron-threads=0",
    )
    if wanted("ODOO_NEUTRALIZE"):
        run_odoo("neutralising", "neutralize", conf)
    script("completing the database", "finish.py", conf)


def main():
    conf = options()
    check()
    cursor = connect(conf).cursor()
    lock(cursor)
    if unfinished(cursor):
        drop_half_built(cursor, conf)
    elif exists(cursor, "public.ir_module_module"):
        say(f"database {conf['db_name']} is initialised already")
        return
    else:
        cursor.execute(f"CREATE SCHEMA {UNFINISHED}")
    started = time.monotonic()
    initialise(conf)
    if unfinished(cursor):
        raise Failed("Odoo ended without an error and without completing the database; its log above may say why")
    say(f"database {conf['db_name']} is ready after {time.monotonic() - started:.0f} s")


run(main, "Run the same again when that is put right; a half-built database is made anew")
