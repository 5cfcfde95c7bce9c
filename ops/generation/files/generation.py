# Generations of a stack's data. What is not whole is called .partial, and the
# one change that users see is the rename of a symbolic link.

LEAST_FREE, MOST_FREE = 2 << 30, 10 << 30  # bytes that stay free: a twentieth of the disk, within these
LABEL = "odooops.role=generation"
SETTINGS = "/run/odooops-generation"  # in memory: passwords are in it


def size(path):
    return int(subprocess.run(["du", "-s", "-B1", path], check=True, text=True, capture_output=True).stdout.split()[0])


def described(stack, name):
    of = read(os.path.join(stack.final(name), "generation.json"), {})
    made = os.stat(stack.final(name)).st_mtime
    served = read(stack.path(".served.json"), {})
    stamp = datetime.datetime.fromtimestamp(made, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {"made": stamp, "source": "new"} | of | {
        "id": name, "bytes": size(stack.final(name)), "current": stack.current() == name,
    }
    # What was there from the beginning was served without a switch.
    when = served.get(name) or (found["made"] if found["source"] == "new" else "")
    return found | ({"served": when} if when else {})


def partials(stack):
    return sorted(n[: -len(".partial")] for n in os.listdir(stack.dir) if n.endswith(".partial") and GENERATION.match(n[: -len(".partial")]))


def listing(stack, _request):
    free = os.statvfs(stack.dir)
    answer = {
        "generations": [described(stack, name) for name in stack.names()], "current": stack.current(),
        "freeBytes": free.f_bavail * free.f_frsize, "partial": partials(stack),
    }
    flip = read(stack.path(".flip.json"), None)
    return answer | ({"interrupted": flip} if flip else {})


def prepare(stack, request):
    with stack.locked():
        for name in partials(stack):
            if read(os.path.join(stack.partial(name), "making.json"), {}).get("key") == request["key"]:
                return {"id": name, "dir": stack.partial(name), "resumed": True, "finished": False}
        for name in stack.names():
            if read(os.path.join(stack.final(name), "generation.json"), {}).get("key") == request["key"]:
                return {"id": name, "dir": stack.final(name), "resumed": True, "finished": True}
        # One that nobody finishes: a run that goes on has its own key.
        for name in partials(stack):
            shutil.rmtree(stack.partial(name))
        disk = os.statvfs(stack.dir)
        free, least = disk.f_bavail * disk.f_frsize, min(max(LEAST_FREE, disk.f_blocks * disk.f_frsize // 20), MOST_FREE)
        if free - request["needBytes"] < least:
            raise Failed(
                f"the disk of {stack.name} has {free >> 20} MB free, the new generation takes {request['needBytes'] >> 20} MB and {least >> 20} MB stay free. "
                f"Raise odooops:volumeSizeGb and run odooops up {stack.name}, or remove an old generation (there are {', '.join(stack.names())})")
        newest = stack.names()[0] if stack.names() else "gen-0000"
        name = f"gen-{int(newest[4:]) + 1:04d}"
        empty(stack, name, request["key"])
        return {"id": name, "dir": stack.partial(name), "resumed": False, "finished": False}


def empty(stack, name, key):
    partial = stack.partial(name)
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial, mode=0o755)
    # 999 is postgres and 101 is odoo in the images.
    for directory, mode, owner in (("postgres", 0o700, 999), ("filestore", 0o750, 101)):
        os.mkdir(os.path.join(partial, directory), mode=mode)
        os.chown(os.path.join(partial, directory), owner, owner)
    write(os.path.join(partial, "making.json"), {"key": key})


def contained(name, image, command, mount, request_file=None, stdin=None):
    """A container that is on no network and sees one directory."""
    remove(name)
    arguments = ["run", "--rm", "--name", name, "--label", LABEL, "--network", "none", "--memory", "1500m", "--memory-swap", "1500m",
                 "--cap-drop", "ALL", "--log-driver", "none", "--volume", mount]
    for capability in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"):
        arguments += ["--cap-add", capability]
    if request_file:
        arguments += ["--volume", f"{request_file}:/run/odooops:ro"]
    if stdin is not None:
        arguments += ["--interactive"]
    end_with_the_operator(lambda: remove(name))
    process = subprocess.Popen(["docker", *arguments, image, *command], stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                shutil.copyfileobj(stdin, process.stdin, 1 << 20)
                process.stdin.close()
        text = process.stdout.read().decode(errors="replace")
        if process.wait() != 0:
            raise Failed(f"{command[0]} ended with exit code {process.returncode}: {text.strip()[-800:]}")
    finally:
        remove(name)


def receive(stack, request):
    with stack.locked():
        name, partial = request["id"], stack.partial(request["id"])
        if not os.path.isdir(partial):
            raise Failed(f"{name} is not being made on the host of {stack.name}")
        empty(stack, name, read(os.path.join(partial, "making.json"), {}).get("key"))
        contained(f"{stack.name}-receive", request["image"],
                  ["tar", "--extract", "--zstd", "--numeric-owner", "--same-permissions", "--same-owner", "--directory=/generation"],
                  f"{partial}:/generation", stdin=sys.stdin.buffer)
        if not os.path.exists(os.path.join(partial, "postgres/pgdata/PG_VERSION")):
            raise Failed("what was received holds no cluster (postgres/pgdata/PG_VERSION)")
    return {}


def adopt(stack, request):
    with stack.locked():
        directory = stack.partial(request["id"])
        shutil.rmtree(SETTINGS, ignore_errors=True)
        os.makedirs(SETTINGS, mode=0o700)
        try:
            with open(os.open(os.path.join(SETTINGS, "adopt.json"), os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                json.dump(request["own"], file)
            contained(f"{stack.name}-adopt", request["image"], ["adopt"], f"{directory}/postgres:/var/lib/postgresql/data", SETTINGS)
        finally:
            shutil.rmtree(SETTINGS, ignore_errors=True)
    return {}


def finish(stack, request):
    with stack.locked():
        name, final = request["id"], stack.final(request["id"])
        if os.path.exists(final):
            return {}
        partial = stack.partial(name)
        making = os.path.join(partial, "making.json")
        key = read(making, {}).get("key")
        marker = {k: v for k, v in request["generation"].items() if v and k in ("source", "backup", "at", "by")}
        write(os.path.join(partial, "generation.json"), marker | {"made": now(), "key": key})
        os.unlink(making)
        subprocess.run(["sync", "-f", partial], check=True)
        os.rename(partial, final)
        sync_directory(stack.dir)
    return {}


def point(stack, name):
    link = stack.path(".current.new")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(link)
    os.symlink(name, link)
    os.rename(link, stack.path("current"))
    sync_directory(stack.dir)


def flip(stack, request):
    name, containers = request["id"], request["containers"]
    # A switch goes on when its operator is gone, and is waited for by the next.
    with stack.locked(SWITCH):
        if not os.path.isdir(stack.final(name)):
            raise Failed(f"there is no generation {name} of {stack.name}; there are {', '.join(stack.names())}")
        begun = read(stack.path(".flip.json"), None)
        old = begun["from"] if begun and begun["to"] == name else stack.current()
        if old == name and not begun:
            starting(containers)  # those that run are left alone
            return {"from": name, "to": name, "seconds": 0}
        write(stack.path(".flip.json"), {"from": old, "to": name})
        since = time.monotonic()
        say(f"stopping {', '.join(reversed(containers))}")
        try:
            stopping(containers)
            release(stack.final(name))
            point(stack, name)
            say(f"switched from {old} to {name}; starting")
            starting(containers)
        except (Failed, OSError, subprocess.SubprocessError) as error:
            say(f"switching back to {old}: {error}")
            for container in reversed(containers):
                docker("stop", container, check=False)
            point(stack, old)
            os.unlink(stack.path(".flip.json"))
            starting(containers)
            raise Failed(f"{name} can't be served, {old} is served again: {error}") from error
        served = read(stack.path(".served.json"), {})
        write(stack.path(".served.json"), served | {old: now(), name: now()})
        os.unlink(stack.path(".flip.json"))
    return {"from": old, "to": name, "seconds": round(time.monotonic() - since, 2)}


def discard(stack, request):
    with stack.locked():
        name = request["id"]
        if stack.current() == name:
            raise Failed(f"{name} is what {stack.name} serves; it is not removed")
        shutil.rmtree(stack.partial(name), ignore_errors=True)
        away(stack, name)
    return {}


def away(stack, name):
    """Its name goes first: half of a generation must not look like one."""
    gone = stack.path("." + name + ".retired")
    with contextlib.suppress(FileNotFoundError):
        os.rename(stack.final(name), gone)
    release(gone)
    shutil.rmtree(gone, ignore_errors=True)


def release(directory):
    """On a full disk its guard makes directories immutable, and opens those
    again that are served then: not the ones of a generation that was left."""
    subprocess.run(["find", directory, "-type", "d", "-exec", "chattr", "-i", "{}", "+"], check=False, capture_output=True)


def retire(stack, request):
    with stack.locked():
        for name in os.listdir(stack.dir):
            if name.startswith(".gen-") and name.endswith(".retired"):
                release(stack.path(name))
                shutil.rmtree(stack.path(name))
        flip_to = (read(stack.path(".flip.json"), None) or {}).values()
        old = [n for n in stack.names() if n != stack.current() and n not in flip_to]
        gone = old[request["keep"]:]
        for name in gone:
            away(stack, name)
    return gone


main({"list": listing, "prepare": prepare, "receive": receive, "adopt": adopt, "finish": finish,
      "flip": flip, "discard": discard, "retire": retire})
