# Runs on a stack's host as root. The request is the first line of stdin; the
# answer is what odooops-mask printed, and its exit code.
import json
import subprocess
import sys

request = json.loads(sys.stdin.readline())
result = subprocess.run(
    ["docker", "exec", "--interactive", "--user", "postgres", request["container"], "odooops-mask", request["command"]],
    check=False, text=True, capture_output=True, input=json.dumps(request["request"]))
if result.returncode not in (0, 3):
    print(f"failed: {result.stderr.strip()[-500:]}", file=sys.stderr)
    sys.exit(1)
sys.stdout.write(result.stdout)
