# What every script on a stack's generations begins with, behind hostscript's.
import datetime
import re

DATA = "/data"
GENERATION = re.compile(r"^gen-[0-9]{4,}$")
PATIENCE = 10  # seconds to wait for the lock
SWITCH = 600  # and for a switch: as long as two containers take to get healthy


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Stack:
    """A stack's directory, and the paths in it."""

    def __init__(self, name):
        if not re.match(r"^[a-z0-9][a-z0-9-]{0,62}$", name):
            raise Failed(f"{name!r} is no name of a stack")
        self.name = name
        self.dir = os.path.join(DATA, name)
        if not os.path.isdir(self.dir):
            raise Failed(f"there is no {self.dir} on the host: is its data volume mounted? Look at systemctl status data-volume there")

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def final(self, generation):
        if not GENERATION.match(generation):
            raise Failed(f"{generation!r} is no name of a generation")
        return self.path(generation)

    def partial(self, generation):
        return self.final(generation) + ".partial"

    def current(self):
        return os.path.basename(os.readlink(self.path("current")))

    def names(self):
        return sorted((n for n in os.listdir(self.dir) if GENERATION.match(n)), reverse=True)

    @contextlib.contextmanager
    def locked(self, patience=PATIENCE):
        """One operation at a time; the kernel drops it with this process."""
        with flocked(self.path(".lock"), patience, lambda _: f"another operation is working on the data of {self.name}; wait for its end"):
            yield


def remove(name, check=False):
    docker("rm", "--force", "--volumes", name, check=check)


def starting(containers):
    for name in containers:
        docker("start", name)
        healthy(name)


def healthy(name, patience=300):
    """Waits until a container's own check says so; without one, that it runs."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        state = json.loads(docker("inspect", "--format", "{{json .State}}", name).stdout)
        health = (state.get("Health") or {}).get("Status")
        if state["Running"] and not state.get("Restarting") and health in (None, "healthy"):
            return
        if health == "unhealthy" or state.get("Restarting") or not state["Running"]:
            logs = docker("logs", "--tail", "10", name, check=False)
            raise Failed(f"{name} does not get healthy: {(logs.stdout + logs.stderr).strip()[-800:]}")
        time.sleep(0.5)
    raise Failed(f"{name} did not get healthy within {patience} s")


def stopping(containers):
    for name in reversed(containers):
        if docker("inspect", name, check=False).returncode != 0:
            raise Failed(f"there is no container {name} on the host; run odooops up of its stack first")
        docker("stop", name)


def main(verbs):
    answer(lambda question: verbs[question["verb"]](Stack(question["stack"]), question.get("request") or {}))
