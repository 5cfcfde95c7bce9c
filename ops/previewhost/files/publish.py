# Makes a template: a stopped, warmed cluster and its file store, complete or
# not there at all.

CONFIG = """\
# Nobody's data yet: the copy is made only of what was stopped cleanly.
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
archive_mode = off
shared_buffers = 128MB
maintenance_work_mem = 64MB
max_wal_size = 1GB
jit = off
log_statement = none
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def setting(name, content):
    path = os.path.join(SETTINGS, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)


def run(role, image, command, mounts, env=(), detach=False, network=NAME):
    name = f"{NAME}-{role}"
    arguments = ["run", "--name", name, "--hostname", role, "--label", LABEL, "--log-opt", "max-size=10m",
                 "--memory", "1500m", "--memory-swap", "1500m", "--cap-drop", "ALL"]
    # KILL: process 1 is root, and passes the request to stop on to postgres.
    for capability in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"):
        arguments += ["--cap-add", capability]
    arguments += ["--network", network]
    if network != "none":
        arguments += ["--network-alias", role]
    for variable in env:
        arguments += ["--env", variable]
    for outside, inside in mounts:
        arguments += ["--volume", f"{outside}:{inside}"]
    if detach:
        docker(*arguments, "--detach", image, *command)
        return
    result = subprocess.run(["docker", *arguments, image, *command], check=False, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        tail = "\n".join(result.stdout.strip().splitlines()[-40:])
        raise Failed(f"{' '.join(command)} ended with exit code {result.returncode}:\n{tail}")
    docker("rm", "--volumes", name)


def wait_postgres():
    for _ in range(240):
        ready = docker("exec", NAME + "-postgres", "pg_isready", "--quiet", "--username=odoo", "--dbname=odoo",
                       "--host=127.0.0.1", check=False)
        if ready.returncode == 0:
            return
        state = docker("inspect", "--format", "{{.State.Running}}", NAME + "-postgres").stdout.strip()
        if state != "true":
            logs = docker("logs", "--tail", "20", NAME + "-postgres")
            raise Failed(f"Postgres ended:\n{logs.stdout}{logs.stderr}")
        time.sleep(0.25)
    raise Failed("Postgres did not answer within a minute")


def make(request, partial, phase):
    cluster, store = os.path.join(partial, "cluster"), os.path.join(partial, "filestore")
    os.makedirs(partial, mode=0o755)
    os.mkdir(cluster, mode=0o700)
    os.chown(cluster, 999, 999)
    os.mkdir(store, mode=0o750)
    os.chown(store, 101, 101)

    os.makedirs(SETTINGS, mode=0o700)
    pull(request["images"].values(), request["registryToken"], SETTINGS)
    phase("pull")
    password = request["password"]
    setting("postgresql.conf", CONFIG)
    setting("postgres.json", json.dumps({
        "superuserPassword": password, "odooPassword": password, "database": "odoo", "odooUser": "odoo"}))
    setting("odoo.conf", request["odooConf"])
    setting("admin.json", json.dumps({"login": "template@" + request["domain"], "password": password}))

    docker("network", "create", "--internal", "--label", LABEL, NAME)
    server = request["images"]["postgres"]
    run("postgres", server, ["postgres"], [(cluster, "/var/lib/postgresql/data"), (SETTINGS, "/run/odooops:ro")], detach=True)
    wait_postgres()
    phase("postgres")

    odoo = request["images"]["odoo"]
    mounts = [(store, "/var/lib/odoo"), (SETTINGS, "/run/odooops:ro")]
    env = ["MALLOC_ARENA_MAX=2", "ODOO_DEMO=1", "ODOO_NEUTRALIZE=1", "ODOO_INIT_MODULES=" + request["modules"],
           "ODOO_DOMAIN=" + request["domain"], "ODOO_URL=https://" + request["domain"]]
    say(f"making a database with {request['modules']} and demo data, neutralised")
    run("init", odoo, ["odoo-init"], mounts, env)
    phase("init")
    say("warming: the assets of the login page and the backend")
    run("warm", odoo, ["odoo-warm"], mounts, env)
    phase("warm")

    say("stopping it cleanly")
    docker("exec", NAME + "-postgres", "psql", "--no-psqlrc", "--quiet", "--username=postgres", "--dbname=odoo",
           "--command=VACUUM (FREEZE, ANALYZE)", check=False)
    docker("stop", "--time", "120", NAME + "-postgres")
    docker("rm", "--volumes", NAME + "-postgres")
    # A copy starts with 16 MB of WAL, whatever its making wrote. It refuses a
    # cluster that was not stopped cleanly, whose clones would need a recovery.
    run("wal", server, ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                        "pg_resetwal", "/var/lib/postgresql/data/pgdata"],
        [(cluster, "/var/lib/postgresql/data")], network="none")
    os.rename(os.path.join(cluster, "pgdata"), os.path.join(partial, "pgdata"))
    shutil.rmtree(cluster)
    phase("stop")


def publish(request):
    final, partial = named_template(request)
    seconds, began = {}, [time.monotonic()]

    def phase(name):
        seconds[name] = round(time.monotonic() - began[0], 2)
        began[0] = time.monotonic()

    with locked(TEMPLATES + "/.lock", patience=5, busy="another template is being published"):
        clean()
        end_with_the_operator(clean)
        try:
            make(request, partial, phase)
            template = {k: request[k] for k in ("id", "created", "images", "modules")} | {"source": "fresh"}
            retired = complete(template, partial, final)
            phase("publish")
        finally:
            clean()
    return {"published": {"template": template, "retired": retired, "seconds": seconds}}


VERBS = {"publish": publish}
answer(lambda question: VERBS[question["verb"]](question["request"]))
