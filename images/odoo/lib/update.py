"""odoo-update [--test] brings the database to the modules of this image: those
whose content is not what was recorded when they were installed or last updated
are updated, and with --test their tests run. What they are now is recorded
last, so that whatever ended before is done again.
"""

import json
import sys
import time

import modules
from job import CONFIG, Failed, connect, exists, lock, options, run, run_odoo, say

# What a neutralised database runs by itself.
SCHEDULED = ("autovacuum_job", "ir_cron_mail_scheduler_action")

# The parameter that says what there was before an update that has not ended
# well yet: one that failed has installed modules and actions already.
BEGAN = "odooops.update_began"


def recorded(cursor):
    cursor.execute("SELECT value FROM ir_config_parameter WHERE key = %s", (modules.PARAMETER,))
    row = cursor.fetchone()
    return json.loads(row[0]) if row else {}


def record(cursor, contents):
    cursor.execute(
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (modules.PARAMETER, json.dumps(contents, sort_keys=True)),
    )


def began(cursor, before):
    """What was installed, and which scheduled actions ran, before this update
    or, if those failed, before the first that tried."""
    cursor.execute("SELECT value FROM ir_config_parameter WHERE key = %s", (BEGAN,))
    row = cursor.fetchone()
    if row:
        return json.loads(row[0])
    cursor.execute("SELECT id FROM ir_cron WHERE active ORDER BY id")
    state = {"modules": before, "crons": [cron for (cron,) in cursor]}
    cursor.execute("INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)", (BEGAN, json.dumps(state)))
    return state


def neutralise(cursor, then, after):
    """What came with the update of a neutralised database is neutralised too."""
    cursor.execute("SELECT 1 FROM ir_config_parameter WHERE key = 'database.is_neutralized'")
    if not cursor.fetchone():
        return
    from odoo.modules.neutralize import get_neutralization_queries

    new = [name for name in after if name not in then["modules"]]
    if new:
        say(f"neutralising what is new: {', '.join(new)}")
        for query in get_neutralization_queries(new):
            cursor.execute(query)
    # Of modules that were there before, too.
    cursor.execute(
        "UPDATE ir_cron SET active = false WHERE active AND id <> ALL(%s) AND id NOT IN ("
        " SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND name = ANY(%s))",
        (then["crons"], list(SCHEDULED)),
    )
    if cursor.rowcount:
        say(f"{cursor.rowcount} scheduled actions came with the update: they are off, as all are in here")


def main():
    if sys.argv[1:] not in ([], ["--test"]):
        raise Failed(f"usage: odoo-update [--test], not {' '.join(sys.argv[1:])}")
    test = sys.argv[1:] == ["--test"]
    conf = options()
    modules.read_configuration(CONFIG)
    cursor = connect(conf).cursor()
    lock(cursor)
    if not exists(cursor, "public.ir_module_module"):
        raise Failed(f"there is no Odoo in database {conf['db_name']}: odoo-init comes first")

    before = modules.installed(cursor)
    now, then = modules.contents(before), recorded(cursor)
    missing = [name for name in before if now[name] is None]
    if missing:
        raise Failed(
            f"the database has modules that this image lacks: {', '.join(missing)}."
            " Use an image with them, or uninstall them first"
        )
    changed = [name for name in before if now[name] != then.get(name)]
    if not changed:
        say(f"all {len(before)} modules are as they were: nothing to update")
        return

    few = ", ".join(changed[:10]) + (f" and {len(changed) - 10} more" if len(changed) > 10 else "")
    before_it = began(cursor, before)
    say(f"updating {few}{', with their tests' if test else ''}")
    started = time.monotonic()
    arguments = [f"--update={','.join(changed)}", "--stop-after-init", "--workers=0", "--max-cron-threads=0"]
    if test:
        # Tests visit pages; nobody else does yet.
        tags = ",".join(f"/{name}" for name in changed)
        arguments += ["--test-enable", f"--test-tags={tags}", "--http-interface=127.0.0.1"]
    else:
        arguments.append("--no-http")
    run_odoo(f"updating {few}{' or one of their tests' if test else ''}", "server", conf, *arguments)

    after = modules.installed(cursor)
    neutralise(cursor, before_it, after)
    record(cursor, modules.contents(after))
    cursor.execute("DELETE FROM ir_config_parameter WHERE key = %s", (BEGAN,))
    say(f"updated {len(changed)} of {len(after)} modules in {time.monotonic() - started:.0f} s")


run(main, "Nothing is recorded as updated: the next run does all of it again")
