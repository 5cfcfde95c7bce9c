#!/usr/bin/env python3
"""Previews must not fill their volume, nor the droplet's disk.

A preview runs a pull request's code, which may write as fast as the disk takes
it. So the room is looked at 20 times a second. Below the reserve all previews
are paused: they neither write nor answer, and their data is whole. Then there
is time to see who grew. That one stays paused until there is room; the others
go on, and for them it was a breath: pausing 15 containers takes 0.2 seconds.

One system call can take all that is left (fallocate). Those who go on get the
ballast back then, a file that is there for nothing else.

`odooops pr up` admits nobody below the reserve (ops/previewhost). This also
grows the file system when the volume was grown, and removes images that
nothing uses when the droplet's disk runs out.
"""

import concurrent.futures
import contextlib
import fcntl
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import time
import traceback
import urllib.parse

MB = 1 << 20
DATA = "/data"
VOLUMES = "/data/docker-volumes"
LAYERS = "/var/lib/docker"  # what containers write beside their volumes
PAUSED = "/run/odooops-paused-"  # what we paused and nobody else, by disk
BALLAST = "/data/previews/.ballast"
BALLAST_SIZE = 512 * MB
IMAGES = 2048 * MB  # free on the droplet's disk below which unused images go
GREW = 64 * MB  # who grew by less is at its usual work

LOOK = 0.05  # seconds between two looks at the room
LEARN = 2  # seconds between two looks for new previews
CALM = 60  # seconds between two measurements of all of them
PRUNE = 60  # seconds between two removals of images


def say(text):
    print(text, file=sys.stderr, flush=True)


class Socket(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/docker.sock")


def docker(method, path, **filters):
    """Docker's answer, decoded. A container that went meanwhile is no error."""
    query = urllib.parse.urlencode({"filters": json.dumps(filters)}) if filters else ""
    connection = Socket("docker", timeout=600)
    with contextlib.closing(connection):
        connection.request(method, path + ("&" if "?" in path else "?") + query)
        answer = connection.getresponse()
        body = answer.read()
    if answer.status >= 400 and answer.status not in (404, 409):
        raise OSError(f"docker: {method} {path}: {answer.status} {body[:200]!r}")
    return json.loads(body) if body else None


def containers(size=False):
    """The previews' containers, running or paused."""
    return docker("GET", f"/containers/json?size={int(size)}", label=["odooops.kind=preview"])


def stack_of(thing):
    return (thing["Labels"] or {}).get("odooops.stack", "")


def each(action, ids):
    """Pauses or unpauses containers, several at once."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: docker("POST", f"/containers/{i}/{action}"), ids))


def free(path):
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def on_volume(stacks):
    """Stack → bytes of its volumes. du stays on their own file system: a
    layered filestore is mounted over a directory that is counted already."""
    volumes = docker("GET", "/volumes", label=["odooops.stack"])["Volumes"] or []
    owner = {os.path.join(VOLUMES, v["Name"]): stack_of(v) for v in volumes if stack_of(v) in stacks}
    sizes = dict.fromkeys(stacks, 0)
    if owner:
        # Files go while du looks, and then it fails, having said the sums.
        said = subprocess.run(["du", "-skx", *owner], check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in said.stdout.splitlines():
            kb, path = line.split("\t")
            sizes[owner[path]] += int(kb) << 10
    return sizes


def in_layers(stacks):
    """Stack → bytes that its containers wrote beside their volumes."""
    sizes = dict.fromkeys(stacks, 0)
    for container in containers(size=True):
        if stack_of(container) in sizes:
            sizes[stack_of(container)] += container.get("SizeRw") or 0
    return sizes


class Disk:
    """A disk that previews can fill."""

    def __init__(self, path, measure, ballast=None):
        self.path, self.measure, self.ballast = path, measure, ballast
        self.file = PAUSED + os.path.basename(path)
        self.first, self.calm = {}, {}  # stack → bytes: when first seen, and lately
        self.mark = None  # bytes free below which somebody is paused, once more
        # What an earlier process had paused when it ended: nobody knows for
        # whom. Who still grows is found again.
        with contextlib.suppress(FileNotFoundError), open(self.file, encoding="utf-8") as file:
            each("unpause", file.read().split())
        self.keep([])

    def keep(self, paused):
        self.paused = paused
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("\n".join(paused))

    def reserve(self):
        disk = os.statvfs(self.path)
        return max(disk.f_blocks * disk.f_frsize // 20, 1024 * MB)

    def learn(self, stacks, everybody):
        """How large previews are: new ones at once, everybody while there is room."""
        new = stacks if everybody and free(self.path) >= self.reserve() else stacks - set(self.calm)
        if new:
            now = self.measure(new)
            self.first = {s: self.first.get(s, now.get(s, 0)) for s in stacks}
            self.calm = {s: now.get(s, self.calm.get(s, 0)) for s in stacks}

    def grown(self, sizes):
        """Who grew most, and by how much: lately, or else since it was first
        seen; nobody when nobody grew to speak of."""
        for before in (self.calm, self.first):
            growth = {stack: size - before.get(stack, 0) for stack, size in sizes.items()}
            who = max(growth, key=growth.get, default=None)
            if who is not None and growth[who] >= GREW:
                return who, growth[who]
        return None, 0

    def look(self):
        room, reserve = free(self.path), self.reserve()
        if room >= reserve * 5 // 4:
            if self.mark != reserve:
                each("unpause", self.paused)
                self.keep([])
                say(f"{room // MB} MB free on {self.path}")
            self.mark = reserve
            if self.ballast and not os.path.exists(self.ballast) and room >= reserve * 5 // 4 + BALLAST_SIZE:
                take(self.ballast)
        elif room < (reserve if self.mark is None else self.mark):
            self.relieve(room, reserve)

    def relieve(self, room, reserve):
        running = {c["Id"]: stack_of(c) for c in containers() if c["State"] == "running"}
        # Written down before it is done, so that a killed guard undoes it.
        earlier = self.paused
        self.keep([*earlier, *running])
        each("pause", running)
        if self.ballast and room < reserve // 2:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.ballast)
        who, growth = self.grown(self.measure(set(running.values())))
        stay = [i for i, stack in running.items() if stack == who]
        each("unpause", set(running) - set(stay))
        self.keep([*earlier, *stay])
        # Not again before more is gone, or nobody would come to anything.
        self.mark = max(min(free(self.path), reserve) - reserve // 8, 0)
        text = f"only {room // MB} MB free on {self.path}: "
        if who:
            text += f"{who} grew by {growth // MB} MB and is paused until {reserve * 5 // 4 // MB} MB are: "
        else:
            text += f"no preview grew by {GREW // MB} MB, nobody is paused: "
        say(text + "odooops ttl sweep, odooops pr down, or a larger disk (volumeSizeGb, size)")


def take(ballast):
    partial = ballast + ".partial"
    with open(partial, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, BALLAST_SIZE)
    os.rename(partial, ballast)


def volume_device():
    found = subprocess.run(["findmnt", "-n", "-o", "SOURCE", DATA], check=True, text=True, stdout=subprocess.PIPE)
    return found.stdout.strip()


def size_of(device):
    with open(device, "rb") as file:
        answer = fcntl.ioctl(file, 0x80081272, b"\0" * 8)  # BLKGETSIZE64
    return struct.unpack("Q", answer)[0]


class Guard:
    def __init__(self):
        self.volume = Disk(DATA, on_volume, BALLAST)
        self.droplet = Disk(LAYERS, in_layers)
        self.device, self.size = volume_device(), 0
        self.measured = self.pruned = float("-inf")

    def look(self):
        self.volume.look()
        self.droplet.look()

    def learn(self):
        """What takes its time, beside the looks at the room."""
        size = size_of(self.device)
        if size != self.size:
            subprocess.run(["xfs_growfs", "-d", DATA], check=True, stdout=subprocess.DEVNULL)
            self.size = size
        now = time.monotonic()
        everybody = now - self.measured >= CALM
        if everybody:
            self.measured = now
        stacks = {stack_of(c) for c in containers()}
        self.volume.learn(stacks, everybody)
        self.droplet.learn(stacks, everybody)
        room = free(LAYERS)
        if room < IMAGES and now - self.pruned >= PRUNE:
            self.pruned = now
            say(f"only {room // MB} MB free on the droplet's disk: removing images that nothing uses")
            docker("POST", "/images/prune", dangling=["false"])


def main():
    guard, learning, learned = Guard(), None, float("-inf")
    beside = concurrent.futures.ThreadPoolExecutor(1)
    while True:
        guard.look()
        if learning and learning.done():
            learning.result()  # its error is ours
            learning = None
        if not learning and time.monotonic() - learned >= LEARN:
            learned = time.monotonic()
            learning = beside.submit(guard.learn)
        time.sleep(LOOK)


if __name__ == "__main__":
    try:
        main()
    except Exception:  # whatever it is: systemd starts it again
        traceback.print_exc()
        # Not after what goes on beside: all previews may be paused.
        os._exit(1)
