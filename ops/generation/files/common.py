# What every script on a stack's generations begins with. Runs on the host as
# root. The request is the first line of stdin, so that nothing of it is in the
# process list; the answer is JSON on stdout; progress and errors go to stderr.
import contextlib
import datetime
import fcntl
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time

DATA = "/data"
GENERATION = re.compile(r"^gen-[0-9]{4,}$")
PATIENCE = 10  # seconds to wait for the lock


class Failed(Exception):
    """What an operator is told, in one sentence."""


def say(text):
    # When nobody listens any more, what was begun is ended all the same.
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def docker(*arguments, check=True, **kwargs):
    result = subprocess.run(["docker", *arguments], check=False, text=True, capture_output=True, **kwargs)
    if check and result.returncode != 0:
        raise Failed(f"docker {' '.join(arguments[:2])}: {result.stderr.strip()[-500:]}")
    return result


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
    def locked(self):
        """One operation at a time; the kernel drops it with this process."""
        with open(self.path(".lock"), "a", encoding="utf-8") as file:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= deadline:
                        raise Failed(f"another operation is working on the data of {self.name}; wait for its end") from error
                    time.sleep(0.1)
            yield


def sync_directory(path):
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write(path, value):
    """A file that is whole or not there, also after a crash."""
    partial = path + ".new"
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, path)
    sync_directory(os.path.dirname(path))


def read(path, missing):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return missing


def remove(name, check=False):
    docker("rm", "--force", "--volumes", name, check=check)


def end_with_the_operator(clean):
    """Gives up when nobody listens any more: what a killed run started must
    not go on beside the next run's."""
    def watch():
        poll = select.poll()
        poll.register(sys.stderr.fileno(), 0)  # errors and hang-ups are always told
        poll.poll()
        clean()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
    try:
        question = json.loads(sys.stdin.buffer.readline())
        stack = Stack(question["stack"])
        json.dump(verbs[question["verb"]](stack, question.get("request") or {}), sys.stdout)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        say(f"failed: {error}")
        sys.exit(1)
