#!/usr/bin/env python3
"""Real processes on a disk that is full, and on one whose sync fails.

    real_disk.py full PROGRAM            mounts a small tmpfs under one replica's store; needs the right to mount
    real_disk.py sync PROGRAM SHIM.so    the shim fails one fdatasync of one replica

Exit code 77, and the reason on stdout, where the machine does not allow it.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 120
SKIPPED = 77
VICTIM = 3


class Harbor:
    def __init__(self, program, home):
        self.program, self.dir = program, home / "harbor"
        self.running = {}
        self.run("init", "--desks", "4")
        config = self.dir / "cluster.toml"
        text = config.read_text()
        for name, value in (("checkpoint_interval", 16), ("log_window", 64)):
            text = "\n".join(f"{name} = {value}" if line.startswith(f"{name} =") else line for line in text.split("\n"))
        config.write_text(text)

    def run(self, *words, expect=0):
        done = subprocess.run([self.program, *words, "--dir", self.dir], capture_output=True, text=True,
                              timeout=PATIENCE_S)
        assert expect is None or done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def ask(self, *words, expect=0):
        return json.loads(self.run(*words, "--json", expect=expect).stdout)

    def start(self, number, **environment):
        with open(self.log_file(number), "ab") as log:
            self.running[number] = subprocess.Popen(
                [self.program, "replica", "--id", str(number), "--dir", self.dir], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, **environment})

    def log_file(self, number):
        return self.dir / f"replica-{number}" / "log"

    def log(self, number):
        return self.log_file(number).read_text()

    def replica(self, number):
        return self.ask("status", expect=None)["replicas"][number]

    def is_level(self):
        replicas = self.ask("status", expect=None)["replicas"]
        return (all(r["up"] and r["role"] != "joining" for r in replicas)
                and len({(r["executed"], r["state_digest"]) for r in replicas}) == 1)

    def load(self, seed):
        trace = self.dir / f"trace-{seed}.csv"
        lines = [f"2030-01-01,reserve,V{seed},A,{seed * 1000 + i}" for i in range(400)]
        trace.write_text("\n".join(["date,action,voyage,class,booking", *lines]) + "\n")
        summary = self.ask("replay", str(trace), "--desks", "4", "--outstanding", "16", "--capacity", "A=1000")
        assert summary["accepted"] == 400, summary

    def load_until_paused(self, seed):
        """The seed of the last load."""
        last = seed + 60
        while self.replica(VICTIM)["role"] != "paused":
            assert seed < last, "the replica never noticed"
            self.load(seed)
            seed += 1
        return seed

    def end(self):
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
            process.wait()


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"in {PATIENCE_S} s not: {what}")


def judge(harbor):
    wait_until(harbor.is_level, "all replicas come to one state")
    for process in harbor.running.values():
        process.send_signal(signal.SIGTERM)
    for number, process in harbor.running.items():
        assert process.wait(PATIENCE_S) == 0, f"replica {number} stopped with {process.returncode}"
    audit = harbor.ask("audit")
    assert audit["verdict"] == "safe" and audit["state_digests_equal"] and not audit["accused"], audit


def fill(directory):
    with open(directory / "filler", "wb", buffering=0) as filler:
        size = 1 << 20
        while size > 0:
            try:
                filler.write(bytes(size))
            except OSError:
                size //= 2  # the last bytes too


def full_disk(harbor):
    store = harbor.dir / f"replica-{VICTIM}" / "store"
    store.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "none", store], check=True)
    for number in range(4):
        harbor.start(number)
    wait_until(harbor.is_level, "the group starts")
    harbor.load(1)
    fill(store)
    seed = harbor.load_until_paused(2)
    paused = harbor.replica(VICTIM)
    assert "room on the disk" in paused["waiting_for"] and "full" in paused["waiting_for"], paused
    table = harbor.run("status").stdout
    assert "paused" in table and "room on the disk" in table, table
    harbor.load(seed + 1)  # the group goes on
    after = harbor.replica(VICTIM)
    assert after["executed"] == paused["executed"] and after["role"] == "paused", (paused, after)
    assert after["counters"]["rejected_no_room"] > 0, after
    assert max(r["executed"] for r in harbor.ask("status")["replicas"]) > after["executed"]
    # Killed and started again on the full disk, it is there again, and waits again.
    harbor.running[VICTIM].kill()
    harbor.running[VICTIM].wait()
    harbor.start(VICTIM)
    wait_until(lambda: harbor.replica(VICTIM)["up"], "it starts on a full disk")
    seed = harbor.load_until_paused(seed + 2)  # what room its file has left is used first
    (store / "filler").unlink()
    wait_until(lambda: harbor.replica(VICTIM)["role"] != "paused", "it resumes when there is room")
    harbor.load(seed + 3)
    judge(harbor)
    log = harbor.log(VICTIM)
    assert log.count(": paused (was") >= 2 and "(was view" in log and "room on the disk" in log, log


def failed_sync(harbor, shim):
    for number in range(4):
        more = {"LD_PRELOAD": shim, "BW_FAILING_SYNC": "40"} if number == VICTIM else {}
        harbor.start(number, **more)
    wait_until(harbor.is_level, "the group starts")
    seed = 1
    while harbor.running[VICTIM].poll() is None:
        assert seed < 60, "no sync failed"
        harbor.load(seed)
        seed += 1
    assert harbor.running[VICTIM].wait(PATIENCE_S) == 2, harbor.log(VICTIM)
    log = harbor.log(VICTIM)
    assert "Input/output error" in log and "must not vote on a store that it cannot trust" in log, log
    mark = harbor.dir / f"replica-{VICTIM}" / "store.doubtful"
    assert mark.exists(), log
    harbor.load(seed)
    harbor.start(VICTIM)
    wait_until(harbor.is_level, "it copies its store, and catches up")
    assert not mark.exists()
    log = harbor.log(VICTIM)
    assert "an earlier sync of the store failed: copied" in log, log
    judge(harbor)


def main():
    case, program, *more = sys.argv[1:]
    if case == "full" and "BREAKWATER_MAY_MOUNT" not in os.environ:
        # In a mount namespace of its own: whatever is mounted is gone with the last process in it.
        alone = ["unshare", "--mount", "--propagation", "private"]
        if shutil.which("unshare") is None or subprocess.run(alone + ["true"], capture_output=True).returncode != 0:
            print("skipped: this user may not mount anything")
            return SKIPPED
        os.environ["BREAKWATER_MAY_MOUNT"] = "1"
        os.execvp(alone[0], alone + [sys.executable, "-B", *sys.argv])
    home = pathlib.Path(tempfile.mkdtemp(prefix="breakwater-disk-"))
    harbor = None
    try:
        harbor = Harbor(program, home)
        if case == "full":
            full_disk(harbor)
        else:
            failed_sync(harbor, *more)
        print("safe")
        return 0
    finally:
        if harbor is not None:
            harbor.end()
        if case == "full":
            subprocess.run(["umount", home / "harbor" / f"replica-{VICTIM}" / "store"], capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
