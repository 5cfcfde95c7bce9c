# Commands of the backup's image, on a stack's host.

TAIL = 20  # lines of a command's stderr that an error shows

# What a container gets through its standard input lies in its memory only.
TAKE = """set -eu
umask 077
cat >/run/odooops/.in
for name in $(jq -r '.files | keys[]' /run/odooops/.in); do
  jq -j --arg name "$name" '.files[$name]' /run/odooops/.in >"/run/odooops/$name"
done
rm /run/odooops/.in
exec odooops-postgres "$@" </dev/null
"""


def run(arguments, stdin):
    """Runs a command; what it says goes on to the operator line by line."""
    process = subprocess.Popen(arguments, text=True, errors="replace",
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tail = []

    def follow():
        for line in process.stderr:
            line = line.rstrip()
            tail.append(line)
            del tail[:-TAIL]
            if line:
                say("  " + line)

    follower = threading.Thread(target=follow)
    follower.start()
    # A command that has ended already takes nothing: how it ended is told below.
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except BrokenPipeError:
        pass
    output = process.stdout.read()
    follower.join()
    return {"code": process.wait(), "stdout": output, "tail": tail}


def inspected(name):
    result = docker("container", "inspect", name, check=False)
    if result.returncode != 0:
        raise Failed(f"there is no container {name} on the host")
    return json.loads(result.stdout)[0]


def execute(request):
    """In the running container; it goes on when the operator leaves."""
    container = request["container"]
    if not inspected(container)["State"]["Running"]:
        raise Failed(f"the container {container} does not run; look at docker logs {container} on the host")
    return run(["docker", "exec", "--interactive", container, *request["command"]], "")


@contextlib.contextmanager
def no_backup(container):
    """Holds the lock that backups are made under: pgBackRest's own is each
    container's. It is let go with this process, however that ends."""
    holder = subprocess.Popen(
        ["docker", "exec", "--interactive", "--user", "postgres", container,
         "flock", "--timeout", "1800", "/tmp/odooops-backup.lock", "sh", "-c", "echo held; cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        if holder.stdout.readline() != "held\n":
            raise Failed(f"a backup is being made, or the container {container} does not run; try again when it has ended")
        yield
    finally:
        holder.stdin.close()
        holder.wait()


def once(request):
    """In a container of its own, beside the backup's: the same image, the same
    way out, the files to compare with; no database."""
    beside = inspected(request["container"])
    name = f"{request['stack']}-{request['command'][0]}"
    docker("rm", name, check=False)  # what ended when nobody was there to remove it
    arguments = [
        "docker", "run", "--rm", "--interactive", "--name", name, "--label", "odooops.role=" + request["command"][0],
        "--network", next(iter(beside["NetworkSettings"]["Networks"])),
        "--memory", "1g", "--memory-swap", "1g", "--pids-limit", "200", "--log-driver", "none",
        "--security-opt", "no-new-privileges", "--cap-drop", "ALL",
        "--tmpfs", "/run/odooops:mode=0700", "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro",
    ]
    for capability in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"):
        arguments += ["--cap-add", capability]
    for mount in beside["Mounts"]:
        if mount["Destination"] == "/filestore":
            arguments += ["--volume", f"{mount['Source']}:/filestore:ro"]
    arguments += ["--entrypoint", "sh", beside["Config"]["Image"], "-c", TAKE, "sh", *request["command"]]
    end_with_the_operator(lambda: docker("rm", "--force", name, check=False))
    with no_backup(request["container"]) if request["exclusive"] else contextlib.nullcontext():
        done = run(arguments, json.dumps({"files": request["files"]}))
    if done["code"] == 125 and "is already in use" in " ".join(done["tail"]):
        raise Failed(f"another {request['command'][0]} is at work there; wait for its end")
    return done


answer(lambda request: {"exec": execute, "once": once}[request["verb"]](request))
