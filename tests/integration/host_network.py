"""A network of hosts on one machine: a network namespace each, joined by links that delay, lose and can be cut.

Where the kernel has netem, the links are veth pairs into a bridge, each end under `tc ... netem`. Where it has not, each
host has a TAP device, and frames between them go through a switch of this program's own, which delays and loses likewise.

All of it lives in mount and network namespaces of this program's own, which end with the last process in them: names clash
with nobody's, nothing is seen from outside, and nothing is left to remove, however this program ends.
"""
import fcntl
import heapq
import os
import pathlib
import random
import selectors
import shutil
import struct
import subprocess
import sys
import threading
import time

ENTERED = "BREAKWATER_OWN_NAMESPACES"
TUN = pathlib.Path("/dev/net/tun")
TOOLS = {"ip": "iproute2", "tc": "iproute2", "unshare": "util-linux", "nsenter": "util-linux", "setpriv": "util-linux"}
# Each end of a link, each way: from host to host it is twice that, and back again.
DELAY_MS, JITTER_MS, LOSS = 10, 3, 0.01
LEAST_DELAY_S = 2 * (DELAY_MS - JITTER_MS) / 1000
CONDITIONS = f"{2 * DELAY_MS} ms (+-{2 * JITTER_MS}) each way between hosts, {2 * LOSS:.0%} of the packets lost"


class Unavailable(Exception):
    """This machine does not allow it; says why."""


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"'{' '.join(map(str, words))}' failed: {done.stderr.strip()}")
    return done.stdout


def enter_own_namespaces():
    """Runs this program again in mount and network namespaces of its own. Returns in there; raises Unavailable."""
    if os.geteuid() != 0:
        raise Unavailable("network namespaces need root")
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            raise Unavailable(f"there is no '{tool}' (Debian: {package})")
    if ENTERED not in os.environ:
        alone = ["unshare", "--mount", "--propagation", "private", "--net"]
        run(*alone, "true")
        os.environ[ENTERED] = "1"
        os.execvp(alone[0], alone + [sys.executable, "-B", *sys.argv])
    run("mount", "-t", "tmpfs", "none", "/run")  # `ip netns` keeps its names there
    run("ip", "link", "set", "lo", "up")


def kernel_has_netem():
    made = subprocess.run(["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"], capture_output=True)
    if made.returncode == 0:
        run("tc", "qdisc", "del", "dev", "lo", "root")
    return made.returncode == 0


class BridgeAndNetem:
    """The kernel's own: a bridge in this namespace, a veth pair to each host, netem on both ends of each."""

    name = "netem"

    def __init__(self):
        run("ip", "link", "add", "bridge0", "type", "bridge")
        run("ip", "link", "set", "bridge0", "up")

    def connect(self, host):
        run("ip", "link", "add", f"port-{host}", "type", "veth", "peer", "name", "eth0", "netns", host)
        run("ip", "link", "set", f"port-{host}", "master", "bridge0", "up")

    def shape(self, host, delay_ms, jitter_ms, loss):
        rules = ["root", "netem", "limit", "100000", "delay", f"{delay_ms}ms", f"{jitter_ms}ms", "loss", f"{loss:.1%}"]
        run("tc", "qdisc", "replace", "dev", f"port-{host}", *rules)
        run("tc", "-n", host, "qdisc", "replace", "dev", "eth0", *rules)


class OwnSwitch:
    """A thread that moves Ethernet frames between TAP devices."""

    name = "a switch of its own"
    TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
    BROADCAST = 1  # the bit of an address that makes it one of many
    LARGEST_FRAME = 65536

    def __init__(self):
        if not TUN.exists():
            raise Unavailable(f"this kernel has neither netem nor {TUN}")
        self.taps, self.homes, self.links = {}, {}, {}  # by host; by Ethernet address; by host
        self.due = []  # (when, count, host, frame): frames under way
        self.random, self.count = random.Random(1), 0
        self.selector = selectors.DefaultSelector()
        threading.Thread(target=self.forward, daemon=True).start()

    def connect(self, host):
        tap = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tap, self.TUNSETIFF, struct.pack("16sH22x", f"tap-{host}".encode(), self.IFF_TAP | self.IFF_NO_PI))
        run("ip", "link", "set", f"tap-{host}", "netns", host, "name", "eth0")
        self.taps[host] = tap
        self.selector.register(tap, selectors.EVENT_READ, host)

    def shape(self, host, delay_ms, jitter_ms, loss):
        self.links[host] = (delay_ms / 1000, jitter_ms / 1000, loss)

    def forward(self):
        while True:
            wait = min(0.05, max(0.0, self.due[0][0] - time.monotonic())) if self.due else 0.05
            for key, _ in self.selector.select(wait):
                for frame in self.frames_of(key.fd):
                    self.take(key.data, frame)
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                _, _, host, frame = heapq.heappop(self.due)
                try:
                    os.write(self.taps[host], frame)
                except OSError:
                    pass  # its interface is down, or its queue full: lost, as on any network

    def frames_of(self, tap):
        for _ in range(64):
            try:
                yield os.read(tap, self.LARGEST_FRAME)
            except OSError:
                return

    def take(self, sender, frame):
        to, source = frame[:6], frame[6:12]
        self.homes[source] = sender
        if to[0] & self.BROADCAST or to not in self.homes:
            receivers = [host for host in list(self.taps) if host != sender]
        else:
            receivers = [self.homes[to]]
        for receiver in receivers:
            ends = [self.links.get(sender, (0, 0, 0)), self.links.get(receiver, (0, 0, 0))]
            if any(self.random.random() < loss for _, _, loss in ends):
                continue
            delay = sum(self.random.uniform(delay - jitter, delay + jitter) for delay, jitter, _ in ends)
            self.count += 1
            heapq.heappush(self.due, (time.monotonic() + delay, self.count, receiver, frame))


def bound_to_this_process(words):
    """The words that run `words` in a process that dies with this one."""
    return ["setpriv", "--pdeathsig", "KILL", *words]


class Network:
    """Hosts by name, each with an address. `links` is one of the two above."""

    def __init__(self, kind=None):
        self.links = (BridgeAndNetem if kind == "netem" or kind is None and kernel_has_netem() else OwnSwitch)()

    def add(self, host, address):
        run("ip", "netns", "add", host)
        self.links.connect(host)
        for words in (["addr", "add", f"{address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"],
                      ["link", "set", "lo", "up"]):
            run("ip", "-n", host, *words)

    def trouble(self, host):
        self.links.shape(host, DELAY_MS, JITTER_MS, LOSS)

    def cut(self, host):
        self.links.shape(host, DELAY_MS, JITTER_MS, 1)

    def on(self, host, words):
        """Likewise, on that host."""
        return bound_to_this_process(["nsenter", f"--net=/run/netns/{host}", "--", *words])
