# Asks the programs of the observability host, each on its container's own
# address: they are published nowhere.
import urllib.error
import urllib.parse
import urllib.request


class Away(Failed):
    """It does not answer now; a moment later it may."""


def address(service):
    """Looked up each time: a container that restarts may get another."""
    name = service["container"]
    result = docker("container", "inspect", name, check=False)
    if result.returncode != 0:
        raise Away(f"there is no container {name} on the host")
    found = json.loads(result.stdout)[0]
    ip = found["NetworkSettings"]["Networks"].get(service["network"], {}).get("IPAddress")
    if not found["State"]["Running"] or not ip:
        raise Away(f"the container {name} does not run; look at docker logs {name} on the host")
    return f"{ip}:{service['port']}"


def get(service, path, seconds, **query):
    return call(service, f"{path}?{urllib.parse.urlencode(query)}", seconds)


def post(service, path, seconds, body):
    return call(service, path, seconds, json.dumps(body).encode())


def call(service, path, seconds, body=None):
    # No proxy, whatever the environment says.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://{address(service)}{path}", body, {"Content-Type": "application/json"} if body else {})
    try:
        with opener.open(request, timeout=seconds) as response:
            text = response.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read(2000).decode(errors="replace").strip()
        kind = Away if error.code >= 500 or error.code == 429 else Failed
        raise kind(f"{service['name']} answers {error.code}: {text}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Away(f"{service['name']} does not answer: {reason}; look at docker logs {service['container']} on the host") from error
