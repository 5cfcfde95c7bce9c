"""Whether a module seems to talk to somebody outside: what a copy of
production must not go on doing. odoo-neutralize asks it of installed modules,
and odooops gate neutralize of a repository's. Nothing of Odoo's is imported."""

import ast
import os
import re

# By these a module reaches somebody outside, and Odoo's that do it for others.
REACHES = frozenset(
    "aiohttp boto3 botocore ftplib google googleapiclient http.client httpx imaplib kafka ldap msal oauthlib paho"
    " paramiko pika poplib pysftp requests requests_oauthlib serial smtplib socket stripe suds telnetlib twilio"
    " urllib.request urllib3 websocket websockets xmlrpc.client zeep odoo.addons.iap".split()
)
NAMES = re.compile(r"(^|_)(payment|delivery|edi|sms|whatsapp|oauth|ldap|connector|api|webhook|sync)(_|$)")


def imports(file):
    with open(file, "rb") as opened:
        tree = ast.parse(opened.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches(path):
    """What by its code a module reaches others with, or None."""
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if f not in ("tests", "__pycache__"))
        for file in sorted(f for f in files if f.endswith(".py")):
            full = os.path.join(folder, file)
            try:
                found = set(imports(full))
            except (SyntaxError, ValueError):
                return f"{os.path.relpath(full, path)}, which can't be read as Python"
            for module in sorted(found):
                parts = module.split(".")
                for length in range(1, len(parts) + 1):
                    if ".".join(parts[:length]) in REACHES:
                        return f"{os.path.relpath(full, path)} imports {module}"
    return None


def why(name, path):
    """Why a module needs a data/neutralize.sql, or None."""
    return reaches(path) or ("by its name" if NAMES.search(name) else None)
