"""What an attacker tries, and whether it worked. Reads {"tries": [{"verb", "args"}],
"secrets": []} from stdin, prints [{"reached", "seen"}]. Run in a preview's container it
must reach nothing; the same on the machine below is the control. Nothing of it stays."""

import ctypes, json, os, secrets, shutil, signal, socket, stat, struct, subprocess, sys, tempfile

libc = ctypes.CDLL(None, use_errno=True)
PATIENCE = 2
NEW = {"mnt": 0x00020000, "user": 0x10000000}
PTRACE_SEIZE = 0x4206
# Chown, dac_override, fowner, setgid, setuid: what Odoo's container is given.
GIVEN = 0xCB


class Refused(Exception):
    pass


def call(name, *args):
    if getattr(libc, name)(*args) == -1:
        raise OSError(ctypes.get_errno(), name + ": " + os.strerror(ctypes.get_errno()))


def in_child(act):
    """Acts in a child, so that what it gains or loses is gone with it."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            text = "+" + str(act())
        except BaseException as e:
            text = "-" + repr(e)
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    text = os.fdopen(read).read()
    os.waitpid(pid, 0)
    if not text.startswith("+"):
        raise Refused(text[1:] or "the child was killed")
    return text[1:]


def connect(host, port):
    with socket.create_connection((host, int(port)), PATIENCE):
        return "connected"


def unix(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(PATIENCE)
        s.connect(path)
        return "connected"


def own_unix():
    with tempfile.TemporaryDirectory() as d, socket.socket(socket.AF_UNIX) as server:
        server.bind(d + "/socket")
        server.listen()
        return unix(d + "/socket")


def resolve(name):
    return socket.getaddrinfo(name, None, socket.AF_INET)[0][4][0]


def ask(server, name):
    """Asks a name server itself, as malware does."""
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    packet = os.urandom(2) + struct.pack(">5H", 0x0100, 1, 0, 0, 0) + question + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.sendto(packet, (server, 53))
        _, flags, _, answers = struct.unpack(">4H", s.recv(4096)[:8])
    if not answers:
        raise Refused(f"no answer in it, code {flags & 15}")
    return f"{answers} answers"


def read(path):
    if os.path.isdir(path):
        return f"{len(os.listdir(path))} entries"
    with open(path, "rb") as f:
        return f"{len(f.read(1))} bytes"


def write(path):
    """Opens for writing, and writes nothing."""
    os.close(os.open(path, os.O_WRONLY))
    return "opened"


def mount():
    d = tempfile.mkdtemp()
    try:
        call("mount", b"none", d.encode(), b"tmpfs", 0, None)
        call("umount", d.encode())
        return "mounted"
    finally:
        os.rmdir(d)


def unshare(kind):
    return in_child(lambda: call("unshare", NEW[kind]) or "a namespace")


def mknod():
    path = "/var/tmp/" + secrets.token_hex(8)
    os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(7, 0))
    os.unlink(path)
    return "a device"


def block_devices():
    found = [e.path for e in os.scandir("/dev") if not e.is_symlink() and stat.S_ISBLK(e.stat().st_mode)]
    if not found:
        raise Refused("none")
    return " ".join(found)


def packet():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)).close()
    return "every packet"


def running(*names):
    """The processes of programs, by number."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as f:
                comm = f.read().strip()
        except OSError:
            continue
        if comm in names:
            found[int(pid)] = comm
    if not found:
        raise Refused("no such process")
    return found


def processes(*names):
    return str(running(*names))


def seize(pid):
    """Becomes the process's debugger, without stopping it, until this one ends."""
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    call("ptrace", PTRACE_SEIZE, pid, None, None)
    return "traced"


def trace(name):
    pid = min(running(name))
    return in_child(lambda: seize(pid))


def trace_child():
    pid = os.fork()
    if pid == 0:
        signal.pause()
    try:
        return seize(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def setuid():
    """Runs as nobody a program that root owns and marked."""
    path = "/var/tmp/" + secrets.token_hex(8)
    shutil.copy("/usr/bin/id", path)
    try:
        os.chmod(path, 0o4755)
        uid = subprocess.run([path, "-u"], user=65534, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    finally:
        os.unlink(path)
    if uid != "0":
        raise Refused("uid " + uid)
    return "root"


def status(field):
    with open("/proc/self/status") as f:
        return next(line.split()[1] for line in f if line.startswith(field + ":"))


def capabilities():
    held = int(status("CapBnd"), 16)
    if not held & ~GIVEN:
        raise Refused(f"{held:x}")
    return f"{held:x}"


def no_seccomp():
    if status("Seccomp") != "0":
        raise Refused("filtered")
    return "any call"


# Where a key could be: not the programs themselves, which are of the image.
PLACES = ["/etc", "/home", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr/local", "/var"]


def find(words):
    words = [w.encode() for w in words]
    paths = [f"/proc/{pid}/{part}" for pid in filter(str.isdigit, os.listdir("/proc")) for part in ("environ", "cmdline")]
    for place in PLACES:
        for folder, _, names in os.walk(place):
            paths += [folder + "/" + name for name in names]
    found = []
    for path in paths:
        try:
            # This program has them on its stdin, and nowhere else.
            if not path.startswith("/proc/") and not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            with open(path, "rb") as f:
                text = f.read(64 << 20)
        except OSError:
            continue
        found += [f"word {i} in {path}" for i, word in enumerate(words) if word in text]
    if not found:
        raise Refused(f"in none of {len(paths)} files")
    return "; ".join(found[:20])


VERBS = {f.__name__: f for f in (
    connect, unix, own_unix, resolve, ask, read, write, mount, unshare, mknod, block_devices, packet, processes, trace,
    trace_child, setuid, capabilities, no_seccomp)}


def main():
    request = json.load(sys.stdin)
    answers = []
    for t in request["tries"]:
        try:
            if t["verb"] == "find":
                seen = find(request["secrets"])
            else:
                seen = VERBS[t["verb"]](*t.get("args") or [])
            answers.append({"reached": True, "seen": seen})
        except (OSError, Refused, subprocess.SubprocessError) as e:
            answers.append({"reached": False, "seen": f"{type(e).__name__}: {e}"})
    json.dump(answers, sys.stdout)


main()
