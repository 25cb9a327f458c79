"""Who may include whom: the table of docs/architecture.md as a check."""
import pathlib
import re

ALLOWED = {
    "replication": set(),
    "crypto": {"replication"},
    "booking": {"replication"},
    "pbft": {"replication", "crypto"},
    "raft": {"replication", "crypto"},
    "store": {"replication", "crypto"},
    "replica": {"replication", "crypto", "store"},
    "adversary": {"replication", "crypto", "pbft", "raft", "replica"},
    "net": {"replication", "crypto", "pbft", "raft"},
    "node": {"replication", "crypto", "booking", "pbft", "raft", "store", "replica", "adversary", "net"},
    "audit": {"replication", "crypto", "booking", "pbft", "raft", "store", "replica"},
    "client": {"replication", "crypto", "net"},
    "sim": {"replication", "crypto", "booking", "pbft", "raft", "store", "replica", "adversary", "audit"},
    "bench": {"replication", "crypto", "booking", "pbft", "raft", "store", "replica", "adversary", "net", "audit", "sim"},
    "cli": {"replication", "crypto", "booking", "pbft", "raft", "store", "replica", "adversary", "net", "node", "audit",
            "client", "sim", "bench"},
}
# Narrower than the folder: net knows pbft's messages, not its engine.
ONLY_HEADERS = {("net", "pbft"): {"pbft/messages.hpp", "pbft/limits.hpp"},
                ("net", "raft"): {"raft/messages.hpp", "raft/entry.hpp"}}
# Third-party headers that one folder alone may use.
ONLY_USER = {"sodium.h": "crypto", "lmdb.h": "store", "zmq.hpp": "net", "zmq.h": "net"}
# An engine is a pure state machine: none of these in pbft/, nor in what it is made of.
NO_WORLD = {"thread", "mutex", "atomic", "chrono", "random", "fstream", "iostream", "filesystem", "ctime", "unistd.h",
            "unordered_map", "unordered_set"}
PURE = {"replication", "booking", "pbft", "raft"}
# ... but for the map that cannot be iterated.
UNORDERED = ("replication/look_up.hpp", "unordered_map")

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def violations(root):
    """Lines that name each forbidden include under `root`."""
    found = []
    root = pathlib.Path(root)
    for folder, allowed in ALLOWED.items():
        for file in sorted([*root.glob(f"{folder}/**/*.hpp"), *root.glob(f"{folder}/**/*.cpp")]):
            name = file.relative_to(root)
            for included in INCLUDE.findall(file.read_text(encoding="utf-8")):
                top = included.split("/")[0]
                if included in ONLY_USER and ONLY_USER[included] != folder:
                    found.append(f"{name} includes {included}: only {ONLY_USER[included]}/ may")
                if folder in PURE and included in NO_WORLD and (name.as_posix(), included) != UNORDERED:
                    found.append(f"{name} includes <{included}>: {folder}/ has no clock, thread, chance or I/O")
                if top not in ALLOWED or "/" not in included or top == folder:
                    continue
                if top not in allowed:
                    found.append(f"{name} includes {included}: {folder}/ may not use {top}/")
                narrow = ONLY_HEADERS.get((folder, top))
                if narrow is not None and included not in narrow:
                    found.append(f"{name} includes {included}: of {top}/ only {', '.join(sorted(narrow))}")
    return found
