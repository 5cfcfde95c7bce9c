# The registry of who is admitted. One call may do several things, so that a
# `pr up` needs one start of Python for what it asks at once.


def refusal(reason, request, entries, **more):
    others = [e for e in entries if e["stack"] != request["stack"]]
    free, keep = free_disk()
    return {"refused": {
        "reason": reason, "neededMb": request["mb"], "usedMb": sum(e["mb"] for e in others),
        "budgetMb": request["budgetMb"], "freeMb": free, "reserveMb": keep, "others": others, **more,
    }}


def sized(entries):
    """Adds what the volumes of entries hold: only a refusal wants to know, and
    not under the lock, where others would wait for it."""
    for entry in entries:
        size = 0
        for volume in docker_objects("volume", "label=odooops.stack=" + entry["stack"]):
            result = subprocess.run(["du", "-xsm", "/var/lib/docker/volumes/" + volume["Name"]],
                                    check=False, text=True, capture_output=True)
            size += int((result.stdout.split() or ["0"])[0])
        entry["diskMb"] = size
    return entries


def choose(request, mine):
    """The template that the preview gets; None for one that wants none."""
    wanted = request["template"]
    if not wanted:
        return None
    complete = {t["id"]: t for t in templates()}
    if wanted == "newest" and mine and not request["reset"]:
        for template in mine.get("templates") or []:
            if template in complete:
                return complete[template]
    if wanted == "newest":
        return next(iter(complete.values()), False)
    return complete.get(wanted, False)


def admit(request):
    answer = decide(request)
    if "refused" in answer:
        sized(answer["refused"]["others"])
    return answer


def decide(request):
    path = named(request["stack"])
    with locked():
        entries = registry()
        mine = next((e for e in entries if e["stack"] == request["stack"]), None)
        template = choose(request, mine)
        if template is False:
            return refusal("template", request, [], template=request["template"])
        others = sum(e["mb"] for e in entries if e["stack"] != request["stack"])
        if others + request["mb"] > request["budgetMb"]:
            return refusal("memory", request, entries)
        free, keep = free_disk()
        if free < keep and not mine:
            return refusal("disk", request, entries)
        # Until the data rests on the one, the other may still be under it.
        held = list((mine or {}).get("templates") or [])
        if template and template["id"] not in held:
            held.append(template["id"])
        write(path, {
            "stack": request["stack"], "mb": request["mb"], "templates": held, "backend": request["backend"],
            "owner": request["owner"], "created": request["created"], "expiresAt": request["expiresAt"],
        })
        return {"admission": {"template": template, "usedMb": others + request["mb"]}}


def settle(request):
    path = named(request["stack"])
    with locked():
        try:
            with open(path, encoding="utf-8") as file:
                entry = json.load(file)
        except FileNotFoundError as error:
            raise Failed(f"{request['stack']} has no place any more: it was ended while it came up; run its pr up again") from error
        entry["templates"] = [request["template"]] if request["template"] else []
        write(path, entry)
        return {"retired": retire()}


def extend(request):
    path = named(request["stack"])
    with locked():
        entry = read(path, None)
        if entry:
            write(path, {**entry, "expiresAt": request["expiresAt"]})
    return {}


def release(request):
    with locked():
        with contextlib.suppress(FileNotFoundError):
            os.unlink(named(request["stack"]))
        return {"retired": retire()}


def listed(_request):
    with locked():
        uses = used()
        found = templates()
    for template in found:
        template["usedBy"] = sorted(uses.get(template["id"], ()))
    return {"templates": found}


VERBS = {"admit": admit, "settle": settle, "extend": extend, "release": release, "templates": listed}
answer(lambda question: VERBS[question["verb"]](question["request"]))
