# What the scripts that make a template have in common. Everything they run has
# a fixed name and a label, and works in a directory whose name begins with a
# dot: what a kill leaves is found and removed by the next one, under the same
# lock.

NAME = "odooops-template"
LABEL = "odooops.role=template"
SETTINGS = "/run/odooops-template"  # in memory: passwords are in it


def clean():
    """Removes what this or an earlier run left."""
    containers = docker("ps", "--all", "--quiet", "--filter", "label=" + LABEL).stdout.split()
    if containers:
        docker("rm", "--force", "--volumes", *containers)
    for network in docker("network", "ls", "--quiet", "--filter", "label=" + LABEL).stdout.split():
        docker("network", "rm", network)
    for name in os.listdir(TEMPLATES):
        if name.startswith(".") and name.endswith(".partial"):
            shutil.rmtree(os.path.join(TEMPLATES, name))
    shutil.rmtree(SETTINGS, ignore_errors=True)


def end_with_the_operator():
    """Gives up when nobody listens any more: a run that was killed must not
    keep the next one waiting until it comes to its next line."""
    import select
    import threading

    def watch():
        poll = select.poll()
        poll.register(sys.stderr.fileno(), 0)  # errors and hang-ups are always told
        poll.poll()
        clean()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def pull(request):
    """Fetches what is missing. The login is in memory and gone afterwards."""
    login = os.path.join(SETTINGS, "login")
    os.makedirs(login, mode=0o700)
    if request["registryToken"]:
        import base64
        token = request["registryToken"]
        auth = base64.b64encode(f"{token}:{token}".encode()).decode()
        with open(os.path.join(login, "config.json"), "w", encoding="utf-8") as file:
            json.dump({"auths": {"registry.digitalocean.com": {"auth": auth}}}, file)
    for image in request["images"].values():
        if docker("image", "inspect", image, check=False).returncode != 0:
            say(f"pulling {image}")
            docker("--config", login, "pull", "--quiet", image)
    shutil.rmtree(login)


def named_template(request):
    """The final place of a template, and the one where it is made."""
    if not re.match(r"^[a-z0-9][a-z0-9-]{0,40}$", request["id"]):
        raise Failed(f"{request['id']!r} is no id of a template")
    place()
    final = os.path.join(TEMPLATES, request["id"])
    if os.path.exists(final):
        raise Failed(f"there is a template {request['id']} already")
    return final, os.path.join(TEMPLATES, "." + request["id"] + ".partial")


def complete(template, partial, final):
    """From the rename on previews find it."""
    write(os.path.join(partial, "complete.json"), template)
    subprocess.run(["sync", "-f", partial], check=True)
    with locked():
        os.rename(partial, final)
        subprocess.run(["sync", "-f", TEMPLATES], check=True)
        return retire()
