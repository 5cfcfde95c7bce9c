# Runs on a stack's host as root. The request is the first line of stdin; the
# answer is the one value of the statement, which is JSON.
import json
import subprocess
import sys

request = json.loads(sys.stdin.readline())
result = subprocess.run(
    ["docker", "exec", "--interactive", "--user", "postgres", "--env", "PGOPTIONS=-c default_transaction_read_only=on",
     request["container"], "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/var/run/postgresql", "-d", "odoo"],
    check=False, text=True, capture_output=True, input=request["sql"])
if result.returncode != 0:
    print(f"failed: {result.stderr.strip()[-500:]}", file=sys.stderr)
    sys.exit(1)
sys.stdout.write(result.stdout)
