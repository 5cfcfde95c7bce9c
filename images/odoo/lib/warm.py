"""odoo-warm visits a new database as its first user would: it logs in and
fetches every asset that the login page and the backend name. Odoo keeps what it
compiled for that in the database, where every copy of it finds it; without, the
first visitor of each copy waits seconds. It leaves no session behind.
"""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from job import CONFIG, HERE, Failed, connect, lock, options, run, say

ADMIN = "/etc/odoo/admin.json"
URL = "http://127.0.0.1:8069"
PATIENCE = 60  # seconds for the server's start, and for its end
SLOW = 120  # seconds for one page: it compiles what it names
ASSET = re.compile(r"""["'](/web/assets/[^"']+)["']""")


class Browser:
    def __init__(self):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path, body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(URL + path, body and json.dumps(body).encode(), headers)
        with self.opener.open(request, timeout=SLOW) as response:
            return response.read().decode("utf-8", "replace")

    def visit(self, path):
        """Fetches a page and its assets, and returns how many those are."""
        assets = sorted(set(ASSET.findall(self.get(path))))
        if not assets:
            raise Failed(f"{path} names no assets")
        for asset in assets:
            self.get(asset)
        return len(assets)

    def log_in(self, database):
        with open(ADMIN, encoding="utf-8") as file:
            account = json.load(file)
        answer = json.loads(self.get("/web/session/authenticate", {
            "jsonrpc": "2.0",
            "params": {"db": database, "login": account["login"], "password": account["password"]},
        }))
        if not (answer.get("result") or {}).get("uid"):
            raise Failed(f"the administrator {account['login']} of admin.json can't log in")


def await_start(server, browser):
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            browser.get("/web/health?db_server_status=1")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise Failed(f"Odoo does not answer {PATIENCE} s after its start; its log above says why")


def stop(server):
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        raise Failed(f"Odoo does not end {PATIENCE} s after it was told to") from None


def forget(cursor, conf):
    cursor.execute("DELETE FROM res_device_log")
    shutil.rmtree(os.path.join(conf.get("data_dir") or "/var/lib/odoo", "sessions"), ignore_errors=True)


def main():
    conf = options()
    cursor = connect(conf).cursor()
    lock(cursor)
    server = subprocess.Popen([
        "python3", os.path.join(HERE, "serve.py"), "server", f"--config={CONFIG}",
        "--http-interface=127.0.0.1", "--http-port=8069", "--workers=0", "--max-cron-threads=0", "--log-level=warn",
    ])
    try:
        browser = Browser()
        await_start(server, browser)
        started = time.monotonic()
        count = browser.visit("/web/login")
        browser.log_in(conf["db_name"])
        count += browser.visit("/odoo")
        say(f"{count} assets are warm after {time.monotonic() - started:.0f} s")
    finally:
        stop(server)
    forget(cursor, conf)


run(main, "Run the same again when that is put right")
