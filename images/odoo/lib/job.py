"""What the jobs of this image have in common: the configuration, a connection
that waits for Postgres, one job at a time, Odoo's own commands, and errors
that are one line."""

import configparser
import os
import subprocess
import sys
import time

import psycopg2

CONFIG = "/etc/odoo/odoo.conf"
HERE = os.path.dirname(os.path.abspath(__file__))
LOCK = 0x6F646F6F  # "odoo": one job at a time on a database
PATIENCE = 120  # seconds that Postgres gets to answer
NEEDED = ("db_host", "db_user", "db_password", "db_name")


class Failed(Exception):
    pass


def name():
    return "odoo-" + os.path.splitext(os.path.basename(sys.argv[0]))[0]


def say(text):
    print(f"{name()}: {text}", file=sys.stderr, flush=True)


def options():
    parser = configparser.RawConfigParser()
    with open(CONFIG, encoding="utf-8") as file:
        parser.read_file(file)
    found = dict(parser["options"])
    missing = [key for key in NEEDED if not found.get(key)]
    if missing:
        raise Failed(f"odoo.conf does not set {', '.join(missing)}")
    return found


def connect(conf):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection = psycopg2.connect(
                host=conf["db_host"],
                port=conf.get("db_port") or 5432,
                user=conf["db_user"],
                password=conf["db_password"],
                dbname=conf["db_name"],
                connect_timeout=5,
            )
            connection.autocommit = True
            return connection
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise Failed(f"no connection to the database in {PATIENCE} s: {error}") from error
            time.sleep(1)


def lock(cursor):
    """Held until this process ends, however it ends."""
    cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))


def exists(cursor, relation):
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (relation,))
    return cursor.fetchone()[0]


def run_odoo(what, command, conf, *arguments, **kwargs):
    """Runs one of Odoo's commands on the database."""
    result = subprocess.run(
        ["odoo", command, f"--config={CONFIG}", f"--database={conf['db_name']}", *arguments], check=False, **kwargs
    )
    if result.returncode != 0:
        raise Failed(f"{what} failed (exit {result.returncode}); Odoo's log above says why")


def script(what, file, conf):
    """Runs a script of this folder in Odoo's shell."""
    with open(os.path.join(HERE, file), encoding="utf-8") as source:
        run_odoo(what, "shell", conf, "--no-http", "--shell-interface=python", stdin=source)


def run(main, hint):
    try:
        main()
    except (Failed, OSError, ValueError, configparser.Error, psycopg2.Error) as error:
        text = " ".join(str(error).split())
        say(f"{text}. {hint}")
        sys.exit(1)
