#!/usr/bin/env python3
"""Runs the same 1,000 seeds with each program given and compares the hashes of what was sent: one seed is one world,
whatever compiler and optimisation made the program, and however many processes share the work.

    tests/sim/same_worlds.py PROGRAM...
"""
import json
import subprocess
import sys


def world_hash(program, jobs):
    command = [program, "sim", "--seeds", "1..1000", "--replicas", "mixed", "--jobs", str(jobs), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    if report["violations"]:
        sys.exit(f"{program}: {report['violations'][0]}")
    return report["trace_hash"]


def main():
    programs = sys.argv[1:]
    if not programs:
        sys.exit(__doc__)
    runs = [(program, jobs) for program in programs for jobs in ((2, 1) if program == programs[0] else (2,))]
    hashes = {}
    for program, jobs in runs:
        hashes[f"{program} with {jobs} processes"] = found = world_hash(program, jobs)
        print(f"{found}  {program}, {jobs} processes", flush=True)
    if len(set(hashes.values())) != 1:
        sys.exit("one seed made different worlds")


main()
