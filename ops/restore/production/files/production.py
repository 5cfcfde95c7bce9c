# The restore of a stack's own data, on its own host. Everything happens in a
# new generation; the one that is served is only read.

LABEL = "odooops.role=restore"
SETTINGS = "/run/odooops-restore"  # in memory: keys are in it
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID")


def progress(stack):
    return stack.path(".restore.json")


def begin(stack, request):
    """One restore at a time: the same one goes on, another one starts anew."""
    with stack.locked():
        begun = read(progress(stack), None)
        if begun and begun["wanted"] == request["wanted"] and not outdated(stack, request, begun):
            return begun | {"resumed": True}
        if begun and begun.get("served"):
            raise Failed(f"the restore begun {begun['began']} by {begun['by']} serves {begun['served']} already, and its new backup is missing. "
                         "Run that one again to end it")
        begun = {k: request[k] for k in ("wanted", "key", "by")} | {"began": now()}
        write(progress(stack), begun)
    return begun | {"resumed": False}


def outdated(stack, request, begun):
    """All there is has become more where users went on working meanwhile."""
    if begun.get("served") or not request["newest"] or not running(request["odoo"]):
        return False
    return read(os.path.join(stack.final(stack.current()), "generation.json"), {}).get("key") != begun["key"]


def served(stack, request):
    with stack.locked():
        write(progress(stack), read(progress(stack), {}) | {"served": request["id"]})
    return {}


def end(stack, _request):
    with stack.locked(), contextlib.suppress(FileNotFoundError):
        os.unlink(progress(stack))
    shutil.rmtree(SETTINGS, ignore_errors=True)
    return {}


def running(name):
    return docker("inspect", "--format", "{{.State.Running}}", name, check=False).stdout.strip() == "true"


def sql(container, database, statement, check=True):
    result = docker("exec", "--user", "postgres", container, "psql", "--no-psqlrc", "--no-align", "--tuples-only",
                    "--set=ON_ERROR_STOP=1", f"--dbname={database}", f"--command={statement}", check=False)
    if check and result.returncode != 0:
        raise Failed(f"psql in {container}: {result.stderr.strip()[-300:]}")
    return result.stdout.strip() if result.returncode == 0 else None


def quiet(stack, request):
    """Stops who writes, has the last segment archived, stops the server."""
    postgres = request["postgres"]
    with stack.locked():
        if running(request["odoo"]):
            say(f"stopping {request['odoo']}")
            docker("stop", request["odoo"])
        archived = False
        if running(postgres) and request["waitSeconds"]:
            segment = sql(postgres, "postgres", "SELECT pg_walfile_name(pg_switch_wal())", check=False)
            deadline = time.monotonic() + request["waitSeconds"]
            while segment and not archived and time.monotonic() < deadline:
                last = sql(postgres, "postgres", "SELECT last_archived_wal FROM pg_stat_archiver", check=False)
                archived = bool(last) and last[:24] >= segment
                time.sleep(0.5)
            if not archived:
                say("the last changes could not be archived; they stay in the generation that was served")
        for name in (request["backup"], postgres):
            if name and running(name):
                say(f"stopping {name}")
                docker("stop", name)
    return {"archived": archived}


def resume(stack, request):
    """What was served before is served again; what an operator who went away
    had begun may still run, such as the wait for the archive."""
    with stack.locked(patience=150):
        starting(request["containers"])
    return {}


def setting(name, content):
    path = os.path.join(SETTINGS, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)


def settings(files):
    shutil.rmtree(SETTINGS, ignore_errors=True)
    os.makedirs(SETTINGS, mode=0o700)
    for name, content in files.items():
        setting(name, content if isinstance(content, str) else json.dumps(content))


def arguments(stack, role, network, mounts, env=()):
    name = f"{stack.name}-{role}"
    remove(name)
    line = ["run", "--name", name, "--hostname", role, "--label", LABEL, "--network", network, "--memory", "1500m", "--memory-swap", "1500m",
            "--shm-size", "256m", "--stop-timeout", "120", "--stop-signal", "SIGINT", "--cap-drop", "ALL", "--log-opt", "max-size=10m",
            "--volume", f"{SETTINGS}:/run/odooops:ro", "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"]
    for capability in CAPABILITIES:
        line += ["--cap-add", capability]
    for outside, inside in mounts:
        line += ["--volume", f"{outside}:{inside}"]
    for variable in env:
        line += ["--env", variable]
    return name, line


def abandon(name):
    remove(name)
    shutil.rmtree(SETTINGS, ignore_errors=True)


def one_shot(stack, role, image, network, mounts, env=()):
    """Runs a command of the image to its end; what it says is progress."""
    name, line = arguments(stack, role, network, mounts, env)
    end_with_the_operator(lambda: abandon(name))
    process = subprocess.Popen(["docker", *line, image, role], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    last = []

    def follow():
        for text in process.stderr:
            text = text.rstrip()
            last[:] = (last + [text])[-5:]
            say(text)

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        out = process.stdout.read()
        code = process.wait()
        reader.join(5)
        if code != 0:
            raise Failed(f"{role} ended with exit code {code}: " + " / ".join(last))
        return out
    finally:
        remove(name)


def restore(stack, request):
    """The cluster as the backup and its WAL make it, stopped cleanly."""
    data = os.path.join(stack.partial(request["id"]), "postgres")
    with stack.locked():
        try:
            settings({"archive.json": request["archive"], "restore.json": request["request"]})
            one_shot(stack, "restore", request["image"], request["network"], [(data, "/var/lib/postgresql/data")])
        finally:
            shutil.rmtree(SETTINGS, ignore_errors=True)
        # Where archiving is off nobody marks a new timeline's history, and the
        # next restore to a point in time would take the same number again.
        wal = os.path.join(data, "pgdata/pg_wal")
        for name in os.listdir(wal):
            mark = os.path.join(wal, "archive_status", name)
            if re.match(r"^[0-9A-F]{8}\.history$", name) and not os.path.exists(mark + ".done"):
                with open(mark + ".ready", "w", encoding="utf-8"):
                    pass
                os.chown(mark + ".ready", 999, 999)
        return read(os.path.join(data, "restored.json"), {})


COUNTS = """
SELECT json_object_agg(relname, n) FROM (
  SELECT c.relname, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', s.nspname, c.relname), false, true, '')))[1]::text::bigint AS n
  FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
  WHERE c.relkind = 'r' AND s.nspname = 'public') t
"""


def inspect(stack, request):
    """Serves the restored cluster to nobody, and asks it."""
    data = os.path.join(stack.partial(request["id"]), "postgres")
    database = request["database"]
    with stack.locked():
        settings({"postgresql.conf": "archive_mode = off\nmax_wal_senders = 0\nwal_level = replica\nautovacuum = off\nmax_connections = 100\n"
                                     "log_min_messages = panic\nlog_statement = none\nlisten_addresses = '127.0.0.1'\n"})
        name, line = arguments(stack, "inspect", "none", [(data, "/var/lib/postgresql/data")])
        end_with_the_operator(lambda: abandon(name))
        try:
            docker(*line, "--detach", request["image"], "postgres")
            deadline = time.monotonic() + 120
            while docker("exec", name, "pg_isready", "--quiet", "--host=127.0.0.1", check=False).returncode != 0:
                if not running(name) or time.monotonic() > deadline:
                    logs = docker("logs", "--tail", "10", name, check=False)
                    raise Failed(f"the restored cluster does not start: {(logs.stdout + logs.stderr).strip()[-600:]}")
                time.sleep(0.3)
            files = sql(name, database, "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL ORDER BY 1")
            tables = json.loads(sql(name, database, COUNTS) or "{}")
            version = sql(name, database, "SELECT latest_version FROM ir_module_module WHERE name = 'base'")
            docker("stop", name)
        finally:
            remove(name)
            shutil.rmtree(SETTINGS, ignore_errors=True)
        if not tables.get("res_users"):
            raise Failed(f"the restored database {database} has no users: it is no database of Odoo's")
        write(os.path.join(data, "files.json"), files.split())
        return {"files": len(files.split()), "tables": len(tables), "rows": sum(tables.values()), "users": tables["res_users"], "base": version}


def files(stack, request):
    """Files that rows name: from the old generation, where it is trusted, and
    for the rest from the repository."""
    partial = stack.partial(request["id"])
    wanted = read(os.path.join(partial, "postgres/files.json"), [])
    store = os.path.join(partial, "filestore/filestore", request["database"])
    with stack.locked():
        copied = os.path.join(partial, "files.copied")
        old = os.path.join(stack.final(stack.current()), "filestore/filestore", request["database"])
        if request["reuse"] and os.path.isdir(old) and not os.path.exists(copied):
            say("taking over the files that are on the host already")
            shutil.rmtree(store, ignore_errors=True)
            os.makedirs(os.path.dirname(store), exist_ok=True)
            subprocess.run(["cp", "--archive", "--reflink=auto", old, store], check=True)
            shutil.rmtree(os.path.join(store, "checklist"), ignore_errors=True)
            write(copied, {})
        os.makedirs(store, exist_ok=True)
        subprocess.run(["chown", "-R", "999:999", store], check=True)  # fetch works as postgres
        try:
            settings({"archive.json": request["archive"], "files.txt": "".join(name + "\n" for name in wanted)})
            env = [f"FETCH_REPO={request['repo']}"] + ([f"FETCH_AT={request['at']}"] if request["at"] else [])
            answer = json.loads(one_shot(stack, "fetch", request["image"], request["network"], [(store, "/filestore")], env))
        finally:
            shutil.rmtree(SETTINGS, ignore_errors=True)
        subprocess.run(["chown", "-R", "101:101", os.path.join(partial, "filestore")], check=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(copied)
        os.unlink(os.path.join(partial, "postgres/files.json"))
    return answer | {"wanted": len(wanted)}


NEWER = """
SELECT coalesce(json_object_agg(relname, n) FILTER (WHERE n > 0), '{}') FROM (
  SELECT c.relname, (xpath('/row/c/text()', query_to_xml(format(
    'SELECT count(*) AS c FROM %%I.%%I WHERE write_date > %%L', s.nspname, c.relname, '%s'), false, true, '')))[1]::text::bigint AS n
  FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'write_date' AND NOT a.attisdropped
  WHERE c.relkind = 'r' AND s.nspname = 'public') t
"""


def newer(stack, request):
    """Rows made or changed since a time, by table; null when nobody answers."""
    since = datetime.datetime.strptime(request["since"], "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%d %H:%M:%S")
    with stack.locked():
        rows = sql(request["postgres"], request["database"], NEWER % since, check=False)
    return {"rows": json.loads(rows) if rows else None}


def execute(stack, request):
    """A command in a container of the stack; its stdin, its stdout."""
    result = subprocess.run(["docker", "exec", "--interactive", "--user", request["user"], request["container"], *request["command"]],
                            input=request.get("stdin", ""), check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        raise Failed(f"{request['command'][0]} in {request['container']}: {(result.stderr.strip() or result.stdout.strip())[-800:]}")
    return {"stdout": result.stdout}


main({"begin": begin, "served": served, "end": end, "quiet": quiet, "resume": resume, "restore": restore, "inspect": inspect,
      "files": files, "newer": newer, "execute": execute})
