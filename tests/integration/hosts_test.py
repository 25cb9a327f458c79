#!/usr/bin/env python3
"""One replica per host: delays, losses and partitions between hosts change nothing that a client is told.

    hosts_test.py PROGRAM [--engine pbft|raft] [--network netem|switch] [--keep]

Each host is a network namespace with files of its own, as an operator would copy them: cluster.toml and the one directory
of its replica; the clients are on a host apart. Exit code 77, and the reason on stdout, where the machine does not allow it.
"""
import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import host_network

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
PATIENCE_S = 120
DESKS = "desks"  # the clients' host
PORT = 7400
TRACE_SEED, TRACE_LENGTH = 41, 40
LOAD = 240


def say(text):
    print(f"hosts: {text}", flush=True)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(f"in {PATIENCE_S} s not: {what}")


class Place:
    """Where commands run: a harbor's directory, and the words that go before each command."""

    def __init__(self, program, directory, before=lambda words: words):
        self.program, self.dir, self.before = program, directory, before

    def begin(self, *words, **more):
        return subprocess.Popen(self.before([self.program, *words, "--dir", self.dir]), stdin=subprocess.DEVNULL,
                                text=True, **more)

    def run(self, *words, expect=(0,)):
        process = self.begin(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=2 * PATIENCE_S)
        finally:
            process.kill()
        assert process.returncode in expect, f"{' '.join(words)}: exit code {process.returncode}\n{out}\n{err}"
        return out

    def ask(self, *words, expect=(0,)):
        return json.loads(self.run(*words, "--json", expect=expect))

    def answered(self, trace, *more):
        """Every command of the trace gets an answer, whatever it is."""
        summary = self.ask("replay", str(trace), "--timeout", str(PATIENCE_S), *more)
        refused = sum(summary["refused"].values())
        assert summary["unknown"] == 0 and summary["accepted"] + refused == summary["commands"] > 0, summary
        return summary


class Group:
    """A replica on each host."""

    def __init__(self, program, home, network, engine):
        self.home, self.network, self.running = home, network, {}
        self.seeds = []  # of the loads that were acknowledged
        self.n = {"pbft": 4, "raft": 3}[engine]
        self.too_many = 2  # without so many there is no quorum
        self.leading = {"pbft": "primary", "raft": "leader"}[engine]
        self.office = home / "office"
        self.hosts = {f"host-{number}": f"10.77.0.{number + 1}" for number in range(self.n)}
        made = Place(program, self.office)
        made.run("init", "--engine", engine, "--hosts", ",".join(self.hosts.values()), "--base-port", str(PORT),
                 "--desks", "8", "--fault-injection")
        with_short_window(self.office)
        for host, address in [*self.hosts.items(), (DESKS, "10.77.0.100")]:
            network.add(host, address)
            network.trouble(host)
        self.places = {host: self.copy(program, host, f"replica-{number}") for number, host in enumerate(self.hosts)}
        self.client = self.copy(program, DESKS, "clients")

    def copy(self, program, host, part):
        directory = self.home / host
        directory.mkdir()
        shutil.copy2(self.office / "cluster.toml", directory)
        shutil.copytree(self.office / part, directory / part)
        return Place(program, directory, lambda words: self.network.on(host, words))

    def start(self):
        for number in range(self.n):
            self.launch(number)
        wait_until(self.is_level, "all replicas hear each other")

    def launch(self, number):
        host = list(self.hosts)[number]
        place = self.places[host]
        with open(place.dir / f"replica-{number}" / "log", "ab") as log:
            self.running[host] = place.begin("replica", "--id", str(number), stdout=log, stderr=log)

    def kill(self, host):
        process = self.running.pop(host)
        process.kill()
        process.wait()

    def status(self):
        for host, process in self.running.items():
            assert process.poll() is None, f"the replica on {host} ended, exit code {process.returncode}"
        return self.client.ask("status", expect=(0, 3))["replicas"]

    def is_level(self):
        replicas = self.status()
        return (all(r["up"] and r["role"] not in ("joining", "catching-up") for r in replicas)
                and len({(r["executed"], r["state_digest"]) for r in replicas}) == 1)

    def leader(self):
        replicas = [r for r in self.status() if r["up"] and r["role"] == self.leading]
        newest = max(replicas, key=lambda r: r["view"], default=None)
        return None if newest is None else (newest["id"], newest["view"])

    def settled_leader(self):
        wait_until(lambda: self.leader() is not None, "somebody leads")
        return self.leader()

    def load(self, seed):
        """Eight desks, each of whose bookings has a suite."""
        trace = self.home / f"load-{seed}.csv"
        lines = [f"2030-01-01,reserve,Load-{seed},A,{seed * 1000 + i}" for i in range(LOAD)]
        trace.write_text("\n".join(["date,action,voyage,class,booking", *lines]) + "\n")
        begun = time.monotonic()
        summary = self.client.answered(trace, "--desks", "8", "--outstanding", "4", "--capacity", f"A={LOAD}")
        assert summary["accepted"] == LOAD, summary
        self.seeds.append(seed)
        return time.monotonic() - begun

    def heal(self, *hosts):
        for host in hosts:
            self.network.trouble(host)
        begun = time.monotonic()
        wait_until(self.is_level, "all replicas come to one state after the partition")
        replicas = self.status()
        say(f"  healed: {time.monotonic() - begun:.1f} s later all {self.n} are at slot {replicas[0]['executed']}, "
            f"state {replicas[0]['state_digest'][:8]}")

    def stop(self):
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for host, process in self.running.items():
            assert process.wait(PATIENCE_S) == 0, f"the replica on {host} stopped with {process.returncode}"
        self.running = {}

    def end(self):
        for host in list(self.running):
            self.kill(host)
        for place in self.places.values():
            subprocess.run([place.program, "stop", "--dir", place.dir], capture_output=True)  # what `rejoin` started

    def last_words(self):
        for number, (host, place) in enumerate(self.places.items()):
            log = place.dir / f"replica-{number}" / "log"
            for line in log.read_text().splitlines()[-5:] if log.exists() else []:
                say(f"  {host}: {line}")


def with_short_window(directory):
    """So that checkpoints are made, and a replica that was away falls behind the window."""
    config = directory / "cluster.toml"
    text = config.read_text()
    for name, value in (("checkpoint_interval", 8), ("log_window", 32)):
        text = "\n".join(f"{name} = {value}" if line.startswith(f"{name} =") else line for line in text.split("\n"))
    config.write_text(text)


def as_on_loopback(group, program, engine):
    """One desk, one command at a time: the trace alone says what comes of each."""
    trace = group.home / "trace.csv"
    make_trace = [sys.executable, ROOT / "tests" / "oracle" / "make_trace.py", str(TRACE_SEED), str(TRACE_LENGTH)]
    trace.write_text(subprocess.run(make_trace, capture_output=True, text=True, check=True).stdout)
    voyages = sorted({line.split(",")[2] for line in trace.read_text().splitlines()[1:]})
    near = Place(program, group.home / "loopback", host_network.bound_to_this_process)
    near.run("init", "--engine", engine, "--desks", "8")
    replicas = [near.begin("replica", "--id", str(number), stderr=subprocess.DEVNULL) for number in range(group.n)]
    try:
        wait_until(lambda: near.ask("status", expect=(0, 3))["quorum_healthy"], "the group on loopback serves")
        told = []
        for place in (near, group.client):
            begun = time.monotonic()
            summary = place.answered(trace, "--desks", "1", "--capacity", "default=4")
            seconds = time.monotonic() - begun
            shown = {v: place.ask("book", "show", "--voyage", v)["result"] for v in voyages}
            told.append((summary["accepted"], summary["refused"], shown))
            say(f"  {'on loopback' if place is near else 'over hosts '}: {summary['accepted']} accepted, refused "
                f"{summary['refused']}; {seconds:.1f} s")
        assert told[0] == told[1], told
        # From the desk to the leader, to a follower, back, and to the desk: else the links delay nothing.
        assert seconds >= TRACE_LENGTH * 4 * host_network.LEAST_DELAY_S, seconds
    finally:
        for process in replicas:
            process.kill()
            process.wait()


def cut_off(group, number, seed):
    host = list(group.hosts)[number]
    group.network.cut(host)
    took = group.load(seed)
    replicas = group.status()
    assert not replicas[number]["up"], "the partition cuts nobody off"
    say(f"  {LOAD} bookings by 8 desks, all accepted in {took:.1f} s; the others are at slot "
        f"{max(r['executed'] for r in replicas if r['up'])}")
    return host


def without_a_quorum(group):
    """Too few hear each other: nobody is told anything; afterwards all goes on."""
    away = list(group.hosts)[-group.too_many:]
    for host in away:
        group.network.cut(host)
    answer = group.client.ask("book", "--as", "operator", "open", "--voyage", "split", "--class", "A", "--suites", "1",
                              "--timeout", "5", expect=(3,))
    assert answer["outcome"] == "unknown", answer
    say("  a command of the operator: unknown after 5 s, as it should be")
    return away


def lost_disk(group, number):
    """As docs/operations.md has it: the operator's directory goes to the host, and comes back."""
    host = list(group.hosts)[number]
    place = group.places[host]
    group.kill(host)
    shutil.rmtree(place.dir / f"replica-{number}" / "store")
    refused = place.begin("replica", "--id", str(number), stderr=subprocess.PIPE)
    assert "breakwater rejoin" in refused.communicate(timeout=PATIENCE_S)[1] and refused.returncode == 2
    shutil.copytree(group.client.dir / "clients" / "operator", place.dir / "clients" / "operator")
    rejoined = place.ask("rejoin", "--id", str(number))
    assert rejoined["votes"] and rejoined["store"] == "empty", rejoined
    place.run("stop")  # what `rejoin` started; from now on it is run as before
    shutil.copytree(place.dir / "clients" / "operator", group.client.dir / "clients" / "operator", dirs_exist_ok=True)
    shutil.rmtree(place.dir / "clients")
    for directory in [group.office, group.client.dir, *(p.dir for p in group.places.values() if p is not place)]:
        shutil.copy2(place.dir / "cluster.toml", directory)
    group.launch(number)
    wait_until(group.is_level, "the replica that lost its store is level with the others")
    say(f"  readmitted as incarnation {rejoined['incarnation']} by slot {rejoined['readmitted_at']}, it votes beyond slot "
        f"{rejoined['effective_from']}")


def judge(group, program):
    """The stores of all hosts, brought together."""
    gathered = Place(program, group.home / "gathered")
    gathered.dir.mkdir()
    shutil.copy2(group.office / "cluster.toml", gathered.dir)
    for number, place in enumerate(group.places.values()):
        shutil.copytree(place.dir / f"replica-{number}", gathered.dir / f"replica-{number}")
    audit = gathered.ask("audit")
    assert audit["verdict"] == "safe" and audit["state_digests_equal"] and not audit["double_sold"], audit
    assert not audit["accused"] and not audit["missing_stores"] and not audit["damage"], audit
    promised = {seed * 1000 + i for seed in group.seeds for i in range(LOAD)}
    logs = {number: gathered.ask("log", "--replica", str(number))["slots"] for number in range(group.n)}
    # Who fetched a checkpoint has no slots before it; its state was compared above.
    whole = {number: slots for number, slots in logs.items() if slots[0]["sequence"] == 1}
    assert len(whole) > group.n // 2, f"only {len(whole)} of the logs reach back to slot 1"
    for number, slots in whole.items():
        booked = {c["command"]["booking"] for slot in slots for c, r in zip(slot["commands"], slot["results"])
                  if c["command"]["kind"] == "reserve" and r["outcome"] == "accepted"}
        assert promised <= booked, f"replica {number} lacks {len(promised - booked)} acknowledged bookings"
    say(f"audit of the gathered stores: {audit['verdict']}, {audit['slots']} slots, nothing sold twice, nobody accused, "
        f"{audit['certificates']['checked']} certificates checked; all {len(promised)} acknowledged bookings in "
        f"each of {len(whole)} whole logs")


def story(group, program, engine):
    say(f"{group.n} replicas ({engine}) on {group.n} hosts, clients on another; {host_network.CONDITIONS} "
        f"(by {group.network.links.name})")
    group.start()
    say(f"the same trace on loopback and over the hosts, {TRACE_LENGTH} events:")
    as_on_loopback(group, program, engine)
    leader, _ = group.settled_leader()
    backup = (leader + 2) % group.n
    say(f"replica {backup} is cut off; replica {leader} leads:")
    group.heal(cut_off(group, backup, 1))
    leader, view = group.settled_leader()
    say(f"replica {leader}, which leads view {view}, is cut off:")
    host = cut_off(group, leader, 2)
    successor, later = group.settled_leader()
    assert later > view and successor != leader, (leader, view, successor, later)
    say(f"  replica {successor} leads view {later} now")
    group.heal(host)
    say("no quorum is left:")
    group.heal(*without_a_quorum(group))
    say(f"  and {LOAD} more bookings, all accepted in {group.load(3):.1f} s")
    wait_until(group.is_level, "all replicas come to one state")
    if engine == "pbft":
        say(f"replica {backup} loses its disk:")
        lost_disk(group, backup)
    group.stop()
    judge(group, program)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--engine", choices=["pbft", "raft"], default="pbft")
    parser.add_argument("--network", choices=["netem", "switch"], help="by default netem, where the kernel has it")
    parser.add_argument("--keep", action="store_true", help="keep the files")
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    home, group = None, None
    try:
        host_network.enter_own_namespaces()
        network = host_network.Network(options.network)
        home = pathlib.Path(tempfile.mkdtemp(prefix="breakwater-hosts-"))
        group = Group(program, home, network, options.engine)
        story(group, program, options.engine)
        say("passed")
        return 0
    except host_network.Unavailable as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    except AssertionError as failure:
        say(f"FAILED: {failure}")
        if group is not None:
            group.last_words()
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    finally:
        if group is not None:
            group.end()
        if options.keep:
            say(f"the files are in {home}")
        elif home is not None:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
