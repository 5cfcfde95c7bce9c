# What belongs to previews on the host, and the removal of what nobody owns.

ROUTES = DATA + "/edge/dynamic"
KINDS = ("container", "network", "volume")
REMOVE = {"container": ("rm", "--force", "--volumes"), "network": ("network", "rm"), "volume": ("volume", "rm")}


def described(kind, found):
    labels = (found.get("Config") or {}).get("Labels") if kind == "container" else found.get("Labels")
    labels = labels or {}
    return {
        "kind": kind, "name": found["Name"].lstrip("/"), "stack": labels.get("odooops.stack", ""),
        "backend": labels.get("odooops.backend", ""),
        # The mark is the preview's age; Docker's own is the object's, which an update renews.
        "created": labels.get("odooops.created") or found.get("Created") or found.get("CreatedAt") or "",
        "labels": {k: v for k, v in labels.items() if k.startswith("odooops.") and k != "odooops.routes"},
    }


def inventory(_request):
    with locked():
        admitted = registry()
    objects = [
        described(kind, found) for kind in KINDS for found in docker_objects(kind, "label=odooops.kind=preview")
    ]
    return {"objects": objects, "admitted": admitted}


def remove(request):
    for thing in request["objects"]:
        kind, name = thing["kind"], thing["name"]
        if kind == "admitted":
            with locked():
                entry = next((e for e in registry() if e["stack"] == name), None)
                # An up may have taken the place anew since it was seen.
                if entry and entry["backend"] == request["backend"] and entry["created"] == thing["created"]:
                    os.unlink(named(name))
            continue
        inspected = docker(kind, "inspect", name, check=False)
        if inspected.returncode != 0:
            continue  # gone already
        now = described(kind, json.loads(inspected.stdout)[0])
        if now["backend"] != request["backend"] or now["labels"].get("odooops.kind") != "preview":
            raise Failed(f"{kind} {name} is not marked as a preview of this backend: not removed")
        if thing["created"] and now["created"] != thing["created"]:
            raise Failed(f"{kind} {name} is another one than a moment ago: not removed")
        docker(*REMOVE[kind], name)
    return {}


def logs(request):
    parts = []
    for found in docker_objects("container", "label=odooops.stack=" + request["stack"]):
        name, state = found["Name"].lstrip("/"), found["State"]
        result = docker("logs", "--tail", "5000", found["Id"], check=False)
        parts.append(f"==> {name} ({state['Status']}, exit code {state['ExitCode']})\n{result.stdout}{result.stderr}")
    return {"logs": "\n".join(parts)}


VERBS = {"inventory": inventory, "remove": remove, "logs": logs}
answer(lambda question: VERBS[question["verb"]](question["request"]))
