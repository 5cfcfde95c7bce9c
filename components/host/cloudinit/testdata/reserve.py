"""Runs the guard of the previews' disks through the moments on stdin, in a
folder of its own: two previews, a and b, on disks of 20 GB. Further arguments
are containers that an earlier guard had paused."""

import importlib.util
import json
import os
import sys
import types

spec = importlib.util.spec_from_file_location("guard", "files/previews-reserve.py")
guard = importlib.util.module_from_spec(spec)
spec.loader.exec_module(guard)

folder = sys.argv[1]
moments = json.load(sys.stdin)
now = moments[0]
paused = set()
CONTAINERS = [{"Id": f"{stack}-{name}", "Labels": {"odooops.stack": stack}} for stack in "ab" for name in ("odoo", "postgres")]


def docker(method, path, **filters):
    if path.startswith("/containers/json"):
        stacks = now["Layers"] or {}
        return [
            c | {"SizeRw": stacks.get(guard.stack_of(c), 0) * guard.MB // 2,
                 "State": "paused" if c["Id"] in paused else "running"}
            for c in CONTAINERS
        ]
    assert path == "/images/prune" and filters == {"dangling": ["false"]}, path
    print("prune")
    return None


def each(action, ids):
    ids = sorted(ids)
    if ids:
        print(action, *ids)
    (paused.update if action == "pause" else paused.difference_update)(ids)


def statvfs(path):
    mb = now["DropletMB" if path == guard.LAYERS else "VolumeMB"]
    return types.SimpleNamespace(f_bavail=mb, f_blocks=20000, f_frsize=guard.MB)


def on_volume(stacks):
    return {s: mb * guard.MB for s, mb in (now["Volumes"] or {}).items() if s in stacks}


guard.docker, guard.each, guard.on_volume, guard.say = docker, each, on_volume, print
guard.os = types.SimpleNamespace(**{**vars(os), "statvfs": statvfs})
guard.PAUSED, guard.BALLAST = folder + "/paused-", folder + "/ballast"
guard.CALM = 0  # measures all of them whenever it learns
guard.volume_device, guard.size_of = lambda: "/dev/x", lambda device: 0
guard.os.posix_fallocate = lambda fd, start, size: print(f"ballast of {size // guard.MB} MB")
if sys.argv[2:]:
    with open(guard.PAUSED + "data", "w", encoding="utf-8") as file:
        file.write("\n".join(sys.argv[2:]))

g = guard.Guard()
for now in moments:
    if now["Learn"]:
        g.learn()
    g.look()
print("paused at the end:", " ".join(sorted(paused)) or "nobody")
print("ballast at the end:", "there" if os.path.exists(guard.BALLAST) else "given")
