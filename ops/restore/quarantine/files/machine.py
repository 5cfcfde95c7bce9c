# Runs containers in a quarantine. Progress holds no value of the data.
import re
import socket

DATA = "/data"
SETTINGS = "/run/odooops-quarantine"  # in memory: keys are in it
LABEL = "odooops.quarantine=1"
PREFIX = "quarantine-"
NO_NAMES = "192.0.2.1"  # of TEST-NET: nobody answers there
BRIDGE = "br-out"  # begins with br-: the machine is closed to what does
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID")
OWNERS = {
    "raw": (999, 0o700), "clean": (999, 0o700), "sockets/raw": (999, 0o2775), "sockets/clean": (999, 0o2775),
    **{d + below: (101, 0o750) for d in ("rawfiles", "cleanfiles") for below in ("", "/filestore", "/filestore/odoo")},
}
NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}$")
TAIL = 15


def place(stack):
    if not NAME.match(stack):
        raise Failed(f"{stack!r} is no name of a stack")
    if not os.path.ismount(DATA):
        raise Failed(f"{DATA} is not mounted; look at systemctl status data-volume there")
    return os.path.join(DATA, stack)


def inside(root, directory):
    path = os.path.normpath(os.path.join(root, directory))
    if not path.startswith(root + "/"):
        raise Failed(f"{directory!r} is not below the restore's directory")
    return path


def noted(path):
    """What was written there; nothing when it is not there, or not whole."""
    try:
        return read(path, {})
    except ValueError:
        return {}


def remove_containers(*filters):
    flags = [part for f in (f"label={LABEL}", *filters) for part in ("--filter", f)]
    found = docker("ps", "--all", "--quiet", *flags).stdout.split()
    if found:
        docker("rm", "--force", "--volumes", *found)


def lock(root, request):
    """Holds the machine until the operator goes, however that happens."""
    # Ten seconds: a killed one's end may just be on its way.
    with flocked(os.path.join(root, ".lock"), 10, lambda holder: "somebody else is at work in it: " + holder) as file:
        file.truncate(0)
        file.write(request["holder"] + "\n")
        file.flush()
        print(json.dumps({"locked": True}), flush=True)
        sys.stdin.buffer.read()


def make(path, owner, mode):
    os.makedirs(path, exist_ok=True)
    os.chown(path, owner, owner)
    os.chmod(path, mode)


def directories(root):
    make(os.path.join(root, "sockets"), 0, 0o755)
    for name, (owner, mode) in OWNERS.items():
        make(os.path.join(root, name), owner, mode)


def prepare(root, request):
    os.makedirs(SETTINGS, mode=0o700, exist_ok=True)
    # What is in memory only must stay there.
    subprocess.run(["swapoff", "--all"], check=False, capture_output=True)
    state = os.path.join(root, "work.json")
    # Servers are started again by the step that needs them.
    remove_containers()
    if noted(state).get("work") != request["work"]:
        clear(root)
        write(state, {"work": request["work"]})
    os.chmod(root, 0o700)
    # A server's lock on its socket names a process of a container that is gone.
    shutil.rmtree(os.path.join(root, "sockets"), ignore_errors=True)
    directories(root)
    fetch(root, request)
    networks()
    gate(request["endpoints"])
    return {}


def fetch(_root, request):
    # What a killed restore began must not be at the gate beside the next one.
    end_with_the_operator(lambda: shutil.rmtree(os.path.join(SETTINGS, "login"), ignore_errors=True))
    pull(request["images"], request["registryToken"], SETTINGS)
    return {}


def networks():
    there = docker("network", "ls", "--format", "{{.Name}}").stdout.split()
    if PREFIX + "inside" not in there:
        docker("network", "create", "--internal", "--label", LABEL, PREFIX + "inside")
    if PREFIX + "out" not in there:
        docker("network", "create", "--label", LABEL, "--opt", "com.docker.network.bridge.name=" + BRIDGE,
               "--opt", "com.docker.network.bridge.enable_icc=false", PREFIX + "out")


def gate(endpoints):
    """Lets the network out reach the repositories and nothing else; returns
    the names with their addresses. Containers ask no name server: a question
    would be a way out."""
    found = {}
    for endpoint in endpoints or ():  # a dump has none
        host, _, port = endpoint.partition(":")
        try:
            answers = socket.getaddrinfo(host, port or 443, socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            continue  # a bucket's own name, where the store knows none
        found[host] = sorted({(a[4][0], int(port or 443)) for a in answers})
    targets = sorted({address for addresses in found.values() for address in addresses})
    rules = "".join(f"\t\tiifname {BRIDGE} ip daddr {ip} tcp dport {port} accept\n" for ip, port in targets)
    subprocess.run(["nft", "-f", "-"], check=True, text=True, input=f"""\
table inet odooops_quarantine
delete table inet odooops_quarantine
table inet odooops_quarantine {{
	chain forward {{
		type filter hook forward priority -150; policy accept;
{rules}\t\tiifname {BRIDGE} counter drop
	}}
}}
""")
    write(os.path.join(SETTINGS, "hosts.json"), found)


def options(root, request):
    role, network = request["role"], request["network"]
    if not NAME.match(role):
        raise Failed(f"{role!r} is no name of a container")
    arguments = ["--name", PREFIX + role, "--hostname", role, "--label", LABEL, "--cap-drop", "ALL",
                 "--security-opt", "no-new-privileges", "--ulimit", "core=0", "--dns", NO_NAMES]
    for capability in CAPABILITIES:
        arguments += ["--cap-add", capability]
    if network == "none":
        arguments += ["--network", "none"]
    else:
        arguments += ["--network", PREFIX + network]
    if network == "inside":
        arguments += ["--network-alias", role]
    if network == "out":
        for host, addresses in noted(os.path.join(SETTINGS, "hosts.json")).items():
            for ip, _ in addresses:
                arguments += ["--add-host", f"{host}:{ip}"]
        arguments += ["--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"]
    if request["user"]:
        arguments += ["--user", request["user"]]
    if request["shmMb"]:
        arguments += ["--shm-size", f"{request['shmMb']}m"]
    for name, value in (request["env"] or {}).items():
        arguments += ["--env", f"{name}={value}"]
    for mount in request["mounts"] or ():
        path = inside(root, mount["dir"])
        if not os.path.exists(path):
            raise Failed(f"{mount['dir']} is not there")
        arguments += ["--volume", f"{path}:{mount['path']}" + (":ro" if mount["readOnly"] else "")]
    files = os.path.join(SETTINGS, role)
    shutil.rmtree(files, ignore_errors=True)
    os.makedirs(files, mode=0o755)
    for name, content in (request["files"] or {}).items():
        with open(os.open(os.path.join(files, name), os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
    arguments += ["--volume", f"{files}:/run/odooops"]
    return arguments


def attached(role, command, stdin, quiet, out=subprocess.PIPE):
    """Runs a command, says its progress as it comes, and keeps the last of it."""
    text_in = isinstance(stdin, str)
    process = subprocess.Popen(command, stdin=subprocess.PIPE if text_in else stdin, stdout=out, stderr=subprocess.PIPE)
    tail, text = [], []

    def feed():
        if text_in:
            with contextlib.suppress(OSError):
                process.stdin.write(stdin.encode())
                process.stdin.close()

    def follow():
        for line in process.stderr:
            line = line.decode("utf-8", "replace").rstrip()
            tail.append(line)
            del tail[:-TAIL]
            if not quiet:
                say(f"{role}: {line}")

    def collect():
        text.append(process.stdout.read().decode("utf-8", "replace"))

    threads = [threading.Thread(target=f) for f in ([feed, follow, collect] if out == subprocess.PIPE else [feed, follow])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"code": process.wait(), "stdout": "".join(text), "tail": tail}


def run(root, request):
    role = request["role"]
    remove_containers(f"name=^{PREFIX}{role}$")
    arguments = options(root, request)
    if request["detach"]:
        docker("run", "--detach", "--log-opt", "max-size=10m", *arguments, request["image"], *request["command"])
        return {"code": 0, "stdout": "", "tail": []}

    def clean_up():
        remove_containers(f"name=^{PREFIX}{role}$")
        shutil.rmtree(os.path.join(SETTINGS, role), ignore_errors=True)

    end_with_the_operator(clean_up)
    try:
        # No log driver: what it prints goes to the operator and stays nowhere.
        return attached(role, ["docker", "run", "--interactive", "--log-driver", "none", *arguments, request["image"],
                               *request["command"]], request["stdin"], request["quiet"])
    finally:
        clean_up()


def execute(root, request):
    command = ["docker", "exec", "--interactive"]
    if request["user"]:
        command += ["--user", request["user"]]
    command += [PREFIX + request["role"], *request["command"]]
    with contextlib.ExitStack() as files:
        out, stdin = subprocess.PIPE, request["stdin"]
        if request["toFile"]:
            out = files.enter_context(open(inside(root, request["toFile"]), "wb"))
        if request["fromFile"]:
            stdin = files.enter_context(open(inside(root, request["fromFile"]), "rb"))
        return attached(request["role"], command, stdin, True, out=out)


def stop(_root, request):
    for role in request["roles"]:
        if docker("inspect", PREFIX + role, check=False).returncode == 0:
            docker("stop", "--time", "120", PREFIX + role)
            docker("rm", "--force", "--volumes", PREFIX + role, check=False)
        shutil.rmtree(os.path.join(SETTINGS, role), ignore_errors=True)
    return {}


def clear(path):
    """Removes what is in a directory, but for the lock that is held."""
    for name in os.listdir(path):
        entry = os.path.join(path, name)
        if os.path.isdir(entry) and not os.path.islink(entry):
            shutil.rmtree(entry)
        elif name != ".lock":
            os.unlink(entry)


def empty(root, request):
    for directory in request["dirs"]:
        clear(inside(root, directory))
    directories(root)
    return {}


def own(root, request):
    subprocess.run(["chown", "--recursive", "--no-dereference", request["owner"], inside(root, request["dir"])], check=True)
    return {}


def pack(root, request):
    name = PREFIX + "pack"
    remove_containers(f"name=^{name}$")
    end_with_the_operator(lambda: remove_containers(f"name=^{name}$"))
    command = ["docker", "run", "--rm", "--name", name, "--label", LABEL, "--network", "none", "--log-driver", "none",
               "--cap-drop", "ALL", "--cap-add", "DAC_OVERRIDE"]
    for directory, inner in request["dirs"].items():
        command += ["--volume", f"{inside(root, directory)}:/pack/{inner}:ro"]
    command += [request["image"], "bash", "-c",
                "set -o pipefail; tar --create --numeric-owner --sparse --directory=/pack . | zstd --quiet -1 -T0"]
    result = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if result.returncode != 0:
        raise Failed(f"what was to be sent could not be read to its end: {result.stderr.decode('utf-8', 'replace').strip()[-300:]}")


def take(root, request):
    path = inside(root, request["file"])
    with open(path + ".partial", "wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    os.rename(path + ".partial", path)
    return {}


VERBS = {"lock": lock, "prepare": prepare, "pull": fetch, "run": run, "exec": execute, "stop": stop, "empty": empty,
         "own": own, "pack": pack, "take": take}


answer(lambda question: VERBS[question["verb"]](place(question["stack"]), question["request"]))
