"""Tries every way out of the container it runs in; prints those that are open."""
import concurrent.futures
import socket
import struct
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


def hosts():
    """The host on each of the container's networks: Docker gives it the first address."""
    with open("/proc/net/route", encoding="ascii") as routes:
        for line in routes.readlines()[1:]:
            network, gateway = line.split()[1:3]
            if gateway == "00000000" and network != "00000000":
                (number,) = struct.unpack("!L", struct.pack("<L", int(network, 16)))
                yield socket.inet_ntoa(struct.pack("!L", number + 1))


ways = [(connects, "1.1.1.1:443"), (connects, "8.8.8.8:53"), (connects, "[2606:4700:4700::1111]:443"),
        (connects, "169.254.169.254:80"), (resolves, "example.com")]
ways += [(connects, f"{host}:{port}") for host in hosts() for port in (22, 443)]
ways += [(connects, address) for address in sys.argv[1:]]
with concurrent.futures.ThreadPoolExecutor(len(ways)) as pool:
    found = [f.result() for f in [pool.submit(how, what) for how, what in ways]]
print("\n".join(sorted(f for f in found if f)))
