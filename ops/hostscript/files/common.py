# What every script on a host begins with. Runs as root. The request is the
# first line of stdin, so that nothing of it is in the process list; the answer
# is JSON on stdout; progress and errors go to stderr. What follows may use what
# is imported here, and gives none of these names another meaning.
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time


class Failed(Exception):
    """What an operator is told, in one sentence."""


def say(text):
    # When nobody listens any more, what was begun is ended all the same.
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def docker(*arguments, check=True, **kwargs):
    result = subprocess.run(["docker", *arguments], check=False, text=True, capture_output=True, **kwargs)
    if check and result.returncode != 0:
        raise Failed(f"docker {' '.join(arguments[:2])}: {result.stderr.strip()[-500:]}")
    return result


def sync_directory(path):
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write(path, value):
    """A file that is whole or not there, also after a crash. What a crash
    leaves begins with a dot and ends in .partial: no listing takes it for one."""
    partial = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(partial, path)
    sync_directory(os.path.dirname(path))


def read(path, missing):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return missing


@contextlib.contextmanager
def flocked(path, patience, busy):
    """Holds a lock that the kernel drops with this process, however it ends.
    After so many seconds busy makes the error, of what its holder wrote; who
    waits long is told so before."""
    with open(path, "a+", encoding="utf-8") as file:
        def text():
            file.seek(0)
            return busy(file.read().strip())

        began, told = time.monotonic(), False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                waited = time.monotonic() - began
                if waited >= patience:
                    raise Failed(text()) from error
                if waited > 3 and not told:
                    told = True
                    say(f"waiting up to {patience} s: {text()}")
                time.sleep(0.05)
        yield file


def end_with_the_operator(clean):
    """Gives up when nobody listens any more: what a killed run started must
    not go on beside the next run's."""
    def watch():
        poll = select.poll()
        poll.register(sys.stderr.fileno(), 0)  # errors and hang-ups are always told
        poll.poll()
        try:
            clean()
        finally:
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def pull(images, token, settings):
    """Fetches what is missing. The login is in the settings' directory, which
    is in memory, and gone afterwards; without a token there is none."""
    login = os.path.join(settings, "login")
    shutil.rmtree(login, ignore_errors=True)
    os.makedirs(login, mode=0o700)
    try:
        if token:
            import base64
            auth = base64.b64encode(f"{token}:{token}".encode()).decode()
            with open(os.path.join(login, "config.json"), "w", encoding="utf-8") as file:
                json.dump({"auths": {"registry.digitalocean.com": {"auth": auth}}}, file)
        for image in images:
            if docker("image", "inspect", image, check=False).returncode != 0:
                say(f"pulling {image}")
                docker("--config", login, "pull", "--quiet", image)
    finally:
        shutil.rmtree(login)


def answer(function):
    """Prints what the function makes of the request; nothing when it is None."""
    try:
        result = function(json.loads(sys.stdin.buffer.readline()))
        if result is not None:
            json.dump(result, sys.stdout)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        say(f"failed: {error}")
        sys.exit(1)
