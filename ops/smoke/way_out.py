"""Tries every way out of the container it runs in; prints those that are open."""
import concurrent.futures
import socket
import sys


def connects(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host.strip("[]"), int(port)), 3).close()
        return f"a connection to {address}"
    except OSError:
        return None


def resolves(name):
    try:
        socket.getaddrinfo(name, 443)
        return f"the name {name}"
    except OSError:
        return None


ways = [(connects, "1.1.1.1:443"), (connects, "8.8.8.8:53"), (connects, "[2606:4700:4700::1111]:443"),
        (connects, "169.254.169.254:80"), (resolves, "example.com")]
ways += [(connects, address) for address in sys.argv[1:]]
with concurrent.futures.ThreadPoolExecutor(len(ways)) as pool:
    found = [f.result() for f in [pool.submit(how, what) for how, what in ways]]
print("\n".join(sorted(f for f in found if f)))
