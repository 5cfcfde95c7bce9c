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
