"""Prints lines as Odoo, the edge or a probe does: KIND RATE SECONDS FIRST.

The process id of an Odoo line, and the last word of a probe, is a number that
counts up from FIRST, so that a missing line is seen.
"""
import json
import random
import sys
import time

kind, rate, seconds, first = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
some = random.Random(first)
MODELS = ["res.partner", "sale.order", "account.move", "stock.picking", "product.template", "crm.lead", "project.task", "hr.employee"]
CALLS = ["web_search_read", "web_read", "web_save", "read", "name_search", "onchange", "get_views", "read_progress_bar"]
CRONS = ["Mail: Email Queue Manager", "Notification: Send scheduled", "Base: Auto-vacuum internal data"]


def call():
    model, name = some.choice(MODELS), some.choice(CALLS)
    return "POST", f"/web/dataset/call_kw/{model}/{name}"


def page():
    return "GET", some.choice([
        f"/web/image/{some.choice(MODELS)}/{some.randrange(90000)}/avatar_128?unique={some.randrange(10**9)}",
        f"/odoo/contacts/{some.randrange(90000)}", "/web/login", "/websocket?version=19.0-3",
        f"/web/assets/{some.randrange(16**7):07x}/web.assets_web.min.js", "/web/health"])


def request():
    return call() if some.random() < 0.7 else page()


def address():
    return f"10.{some.randrange(4)}.{some.randrange(8)}.{some.randrange(250)}"


def odoo(n, now):
    clock, day = time.strftime("%H:%M:%S", now), time.strftime("%Y-%m-%d", now)
    head = f"{day} {clock},{some.randrange(1000):03d} {n} INFO odoo "
    if some.random() < 0.03:
        return (f"{head}odoo.addons.base.models.ir_cron: Job '{some.choice(CRONS)}' ({some.randrange(30)}) fully done "
                f"(#loop 1; done {some.randrange(50)}; remaining 0; duration {some.random():.2f}s)")
    method, path = request()
    status = some.choices([200, 304, 303, 404, 500], [90, 4, 3, 2, 1])[0]
    return (f'{head}werkzeug: {address()} - - [{time.strftime("%d/%b/%Y %H:%M:%S", now)}] "{method} {path} HTTP/1.1" '
            f"{status} - {some.randrange(1, 60)} {some.random() / 20:.3f} {some.random() / 5:.3f}")


def edge(n, now):
    method, path = request()
    at, who, took = time.strftime("%Y-%m-%dT%H:%M:%SZ", now), address(), some.randrange(10**6, 10**9)
    return json.dumps({
        "ClientAddr": f"{who}:{some.randrange(1024, 65535)}", "ClientHost": who, "ClientPort": str(some.randrange(1024, 65535)),
        "ClientUsername": "-", "DownstreamContentSize": some.randrange(90000), "DownstreamStatus": 200, "Duration": took,
        "OriginContentSize": some.randrange(90000), "OriginDuration": took - 90000, "OriginStatus": 200, "Overhead": 90000,
        "RequestAddr": "odoo.example.com", "RequestContentSize": some.randrange(900), "RequestCount": n,
        "RequestHost": "odoo.example.com", "RequestMethod": method, "RequestPath": path, "RequestPort": "-",
        "RequestProtocol": "HTTP/2.0", "RequestScheme": "https", "RetryAttempts": 0, "RouterName": "odoo@file",
        "ServiceAddr": "odoo:8069", "ServiceName": "odoo@file", "ServiceURL": "http://odoo:8069", "StartLocal": at,
        "StartUTC": at, "TLSCipher": "TLS_AES_128_GCM_SHA256", "TLSVersion": "1.3", "entryPointName": "websecure",
        "level": "info", "msg": "", "time": at,
        "request_User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"})


def probe(n, now):
    return f"probe {n}"


line = {"odoo": odoo, "edge": edge, "probe": probe}[kind]
began, sent, total = time.monotonic(), 0, int(rate * seconds)
while sent < total:
    due = min(total, int((time.monotonic() - began) * rate))
    now = time.gmtime()
    sys.stdout.write("".join(line(first + i, now) + "\n" for i in range(sent, due)))
    sys.stdout.flush()
    sent = due
    time.sleep(0.05)
