#!/usr/bin/env python3
"""Replays a trace with one desk and bundle 1 against a running harbor, and compares every outcome with the oracle.

    compare.py BREAKWATER HARBOR TRACE.csv [CAPACITIES]

Exit code 1 when anything differs: the counts, or who has which suite of which voyage in which state.
"""
import json
import subprocess
import sys

import booking_oracle


def ask(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def main():
    program, harbor, trace = sys.argv[1:4]
    capacity = sys.argv[4] if len(sys.argv) > 4 else ""
    events = booking_oracle.read(trace)
    expected = booking_oracle.run(events, booking_oracle.capacities(capacity))
    common = ["--dir", harbor, "--json"]
    replayed = ask(program, "replay", trace, "--desks", "1", "--bundle", "1", "--capacity", capacity, *common)
    differences = []
    if replayed["unknown"] or replayed["commands"] != len(events):
        differences.append(f"answered {replayed['commands']} of {len(events)}, unknown {replayed['unknown']}")
    for field in ("accepted", "refused"):
        if replayed[field] != expected[field]:
            differences.append(f"{field}: {replayed[field]}, the oracle says {expected[field]}")
    for voyage in sorted({voyage for _, voyage, _, _ in events}):
        shown = ask(program, "book", "show", "--voyage", voyage, *common)["result"]["suites"]
        occupied = {s["suite"]: [s["booking"], s["state"]] for s in shown if s["state"] != "free"}
        if occupied != expected["occupied"].get(voyage, {}):
            differences.append(f"voyage {voyage}: {occupied}, the oracle says {expected['occupied'].get(voyage, {})}")
    for line in differences[:20]:
        print(line)
    print(f"{len(events)} commands: {'they differ' if differences else 'all outcomes as the oracle says'}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
