# Takes a template that was made elsewhere: a stopped cluster and its file
# store, as a tar through zstd behind the question.


def room(needed):
    free, keep = free_disk()
    if free - (needed >> 20) < keep:
        raise Failed(f"the template takes {needed >> 20} MB, {free} MB are free on the preview host and {keep} MB stay free; "
                     "end previews whose templates are old, or make the volume larger (volumeSizeGb)")


def unpack(image, partial):
    """In a container that sees nothing but the place of the template."""
    os.makedirs(partial, mode=0o755)
    process = subprocess.Popen(
        ["docker", "run", "--rm", "--interactive", "--name", NAME + "-receive", "--label", LABEL, "--network", "none",
         "--log-driver", "none", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "DAC_OVERRIDE", "--cap-add", "FOWNER",
         "--volume", f"{partial}:/template", image,
         "tar", "--extract", "--zstd", "--numeric-owner", "--same-permissions", "--same-owner", "--directory=/template"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with contextlib.suppress(BrokenPipeError):
        shutil.copyfileobj(sys.stdin.buffer, process.stdin, 1 << 20)
        process.stdin.close()
    error = process.stderr.read().decode("utf-8", "replace")
    if process.wait() != 0:
        raise Failed(f"what came is no whole template: {error.strip()[-500:]}")
    cluster = os.path.join(partial, "postgres")
    if not os.path.exists(os.path.join(cluster, "pgdata/PG_VERSION")):
        raise Failed("what came holds no cluster (postgres/pgdata/PG_VERSION)")
    os.rename(os.path.join(cluster, "pgdata"), os.path.join(partial, "pgdata"))
    shutil.rmtree(cluster)


def receive(request):
    template, began = request["template"], time.monotonic()
    final, partial = named_template(template)
    with locked(TEMPLATES + "/.lock", patience=5, busy="another template is being published"):
        clean()
        end_with_the_operator(clean)
        try:
            room(request["bytes"])
            os.makedirs(SETTINGS, mode=0o700)
            pull(template["images"].values(), request["registryToken"], SETTINGS)
            unpack(template["images"]["postgres"], partial)
            kept = {k: template[k] for k in ("id", "created", "source", "images", "modules")}
            retired = complete(kept, partial, final)
        finally:
            clean()
    return {"published": {"template": kept, "retired": retired, "seconds": {"receive": round(time.monotonic() - began, 2)}}}


VERBS = {"receive": receive}
answer(lambda question: VERBS[question["verb"]](question["request"]))
