# The previews' certificate: its files on the host, and the note in Traefik's
# dynamic configuration that has it read them again.

EDGE = DATA + "/edge"
CERTS = EDGE + "/certs"
NOTE = EDGE + "/dynamic/certificate.yml"
HALF = CERTS + "/.half"  # key and certificate are not of one issue (yet)


def current(_request):
    place()
    if os.path.exists(HALF):
        return {"cert": ""}  # whatever it says, its key may be another one
    try:
        with open(CERTS + "/cert.pem", encoding="utf-8") as file:
            return {"cert": file.read()}
    except FileNotFoundError:
        return {"cert": ""}


def replace(path, text, mode):
    partial = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".partial")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial)
    with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, path)


def install(request):
    place()
    for directory, mode in ((CERTS, 0o700), (os.path.dirname(NOTE), 0o755)):
        if not os.path.isdir(directory):
            os.makedirs(directory, mode=mode)
    with locked(EDGE + "/.certificate.lock"):
        replace(HALF, "", 0o600)
        replace(CERTS + "/key.pem", request["key"], 0o600)
        replace(CERTS + "/cert.pem", request["cert"], 0o644)
        # Traefik watches the note's folder alone, and compares what it read:
        # the two files above are read again when this one is renamed into place.
        replace(NOTE, f"""# Written by `odooops cert renew` at {datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}.
tls:
  certificates:
    - certFile: {CERTS}/cert.pem
      keyFile: {CERTS}/key.pem
  stores:
    default:
      defaultCertificate:
        certFile: {CERTS}/cert.pem
        keyFile: {CERTS}/key.pem
""", 0o644)
        os.unlink(HALF)
        subprocess.run(["sync", "-f", EDGE], check=True)
    return {}


VERBS = {"current": current, "install": install}
answer(lambda question: VERBS[question["verb"]](question["request"]))
