# What every question to the preview host begins with, behind hostscript's.
# python3 is there because cloud-init is.
import datetime
import re

DATA = "/data"
PREVIEWS = DATA + "/previews"
ADMITTED = PREVIEWS + "/admitted"
TEMPLATES = DATA + "/templates"
PATIENCE = 30  # seconds to wait for the lock
STACK = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}$")


def place():
    """Makes sure that the registry has its directories, on the data volume only."""
    if not os.path.ismount(DATA):
        raise Failed(f"{DATA} is not mounted on the preview host; look at systemctl status data-volume there")
    for directory in (PREVIEWS, ADMITTED, TEMPLATES):
        os.makedirs(directory, mode=0o755, exist_ok=True)


@contextlib.contextmanager
def locked(path=PREVIEWS + "/lock", patience=PATIENCE, busy="somebody else is changing the registry of the preview host"):
    """Holds a lock that the kernel drops with this process, however it ends."""
    place()
    with flocked(path, patience, lambda _: f"{busy} (waited {patience} s for {path})"):
        yield


def named(stack):
    if not STACK.match(stack):
        raise Failed(f"{stack!r} is no name of a stack")
    return os.path.join(ADMITTED, stack + ".json")


def registry():
    """All that are admitted; an unreadable entry is an error, never free room."""
    entries = []
    for name in sorted(os.listdir(ADMITTED)):
        if name.startswith(".") or not name.endswith(".json"):
            continue
        path = os.path.join(ADMITTED, name)
        try:
            with open(path, encoding="utf-8") as file:
                entries.append(json.load(file))
        except ValueError as error:
            raise Failed(f"{path} on the preview host can't be read ({error}); look at it, and remove it when its preview is gone") from error
    return entries


def templates():
    """The complete ones, newest first."""
    found = []
    for name in os.listdir(TEMPLATES):
        if name.startswith("."):
            continue
        try:
            with open(os.path.join(TEMPLATES, name, "complete.json"), encoding="utf-8") as file:
                found.append(json.load(file))
        except (OSError, ValueError):
            continue  # not complete: nobody clones it
    return sorted(found, key=lambda t: (t["created"], t["id"]), reverse=True)


def docker_objects(kind, *filters):
    """What `docker inspect` says of all objects of a kind with these filters."""
    flags = [part for f in filters for part in ("--filter", f)]
    listing = {
        "container": ["container", "ls", "--all", "--quiet", *flags],
        "network": ["network", "ls", "--quiet", *flags],
        "volume": ["volume", "ls", "--quiet", *flags],
    }[kind]
    ids = docker(*listing).stdout.split()
    if not ids:
        return []
    # One that goes meanwhile makes inspect fail, but not silent about the rest.
    return json.loads(docker(kind, "inspect", *ids, check=False).stdout or "[]")


def cloned():
    """Templates that a preview's file store is mounted over, and by which stacks."""
    uses = {}
    for volume in docker_objects("volume", "label=odooops.kind=preview"):
        stack = (volume.get("Labels") or {}).get("odooops.stack", volume["Name"])
        for match in re.finditer(re.escape(TEMPLATES) + r"/([^/:,]+)/", (volume.get("Options") or {}).get("o", "")):
            uses.setdefault(match[1], set()).add(stack)
    return uses


def used():
    """Template → stacks that rest on it, or are about to."""
    uses = cloned()
    for entry in registry():
        for template in entry.get("templates") or []:
            uses.setdefault(template, set()).add(entry["stack"])
    return uses


def retire():
    """Removes the templates that nobody uses, but for the newest. Under the lock."""
    for name in os.listdir(TEMPLATES):
        if name.startswith(".") and name.endswith(".retired"):
            shutil.rmtree(os.path.join(TEMPLATES, name))
    uses = used()
    gone = []
    for template in templates()[1:]:
        if template["id"] in uses:
            continue
        away = os.path.join(TEMPLATES, "." + template["id"] + ".retired")
        os.rename(os.path.join(TEMPLATES, template["id"]), away)
        shutil.rmtree(away)
        gone.append(template["id"])
    return gone


def free_disk():
    """MB free, and MB that stay free: from there on the host's guard
    (previews-reserve) lets those go on whom it paused."""
    disk = os.statvfs(DATA)
    size, free = disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize
    return free >> 20, max(size // 20, 1 << 30) * 5 // 4 >> 20
