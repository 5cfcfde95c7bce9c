# Runs on the stack's host: hands a script to Odoo's shell in the container.
import json
import subprocess
import sys

request = json.loads(sys.stdin.buffer.readline())
result = subprocess.run(
    ["docker", "exec", "--interactive", "--user", "odoo", "--env", "HOME=/var/lib/odoo", request["container"],
     "odoo", "shell", "--config=/etc/odoo/odoo.conf", "--database=" + request["database"],
     "--no-http", "--shell-interface=python", "--log-level=critical"],
    input=request["script"], check=False, text=True, capture_output=True)
if result.returncode != 0:
    # Its log may hold values: only the kind of the error goes on.
    last = (result.stderr.strip().splitlines() or [""])[-1].split(":")[0]
    print(f"failed: Odoo's shell ended with exit code {result.returncode}: {last[:120]}", file=sys.stderr)
    sys.exit(1)
json.dump({"stdout": result.stdout}, sys.stdout)
