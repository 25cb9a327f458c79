#!/usr/bin/env python3
"""Runs every mutant of a mutants build and prints which oracle caught it, and when.

    tests/mutants/run.py BUILD_DIR [--deep] [--only NAME]... [--release PROGRAM]

A mutant is caught by a violated property, in a seeded world or in its directed scenario; a crash or a failed assertion
is no catch, nor is a world that violates without the mutant, too. Fails when a mutant is not caught, when fewer than 24
are caught by the first 1,000 seeds, when the clean build violates anything, when an unknown name is accepted, and when
the release program knows mutants at all.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

SEEDS = 1000
DEEP_SEEDS = 10000
CLEAN_SEEDS = 1000
STEP = 25
CAUGHT_BY_SEEDS_AT_LEAST = 24


@dataclasses.dataclass
class Outcome:
    caught_by: str = ""  # the property that was violated
    seed: int = 0
    crash: str = ""


def execute(command, mutant, timeout=60):
    environment = dict(os.environ)
    environment.pop("BW_MUTANT", None)
    if mutant:
        environment["BW_MUTANT"] = mutant
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, -9, "", "no answer in time")


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def engine_of(mutant):
    return "raft" if mutant.startswith("raft-") else "pbft"


def seeds_of_command(build, engine, mutant, first, last):
    """`breakwater sim`: the lowest seed of the range whose world violates a property."""
    done = execute([build / "breakwater", "sim", "--engine", engine, "--replicas", "mixed", "--jobs", "1",
                    "--seeds", f"{first}..{last}", "--first", "--json"], mutant,
                   timeout_for(first, last))
    if done.returncode == 0:
        return Outcome()
    try:
        violation = json.loads(done.stdout)["violations"][0]
        if violation["property"] == "crash":  # of a worker: no oracle's word
            return Outcome(crash=f"seed {violation['seed']}: {violation.get('detail', 'crash')}")
        return Outcome(caught_by=violation["property"], seed=violation["seed"])
    except (ValueError, KeyError, IndexError):
        return Outcome(crash=last_line(done.stderr) or f"exit code {done.returncode}")


def seeds_of_suite(build, engine, mutant, first, last):
    """The same, of PBFT alone, from the suite `sim`, for a build without that command."""
    done = execute([build / "tests/test_sim", "--color_output=no", "--run_test=swarm", "--", "--seeds",
                    f"{first}..{last}"], mutant, timeout_for(first, last))
    found = re.search(r"seed (\d+): (.*)", done.stdout + done.stderr)
    if found:
        return Outcome(caught_by=found[2], seed=int(found[1]))
    return Outcome(crash=last_line(done.stderr)) if done.returncode != 0 else Outcome()


def timeout_for(first, last):
    return 60 + 0.5 * (last - first + 1)


def seeds(build, engine, mutant, first, last):
    """The lowest violating seed. A world that crashes hides those after it: then in small steps, past the crash."""
    knows_sim = "--first" in execute([build / "breakwater", "sim", "--help"], "").stdout
    run = seeds_of_command if knows_sim else seeds_of_suite
    outcome = run(build, engine, mutant, first, last) if knows_sim else Outcome(crash="?")
    if not outcome.crash:
        return outcome
    crash = ""
    for low in range(first, last + 1, STEP):
        outcome = run(build, engine, mutant, low, min(low + STEP - 1, last))
        if outcome.caught_by:
            return outcome
        crash = crash or outcome.crash
    return Outcome(crash=crash)


def directed(build, mutant):
    """The scenario of tests/mutants/ that is named after the mutant, if there is one."""
    name = mutant.replace("-", "_")
    done = execute([build / "tests/test_mutants", "--color_output=no", f"--run_test=directed/{name}"], mutant)
    if done.returncode == 0:
        return Outcome()
    found = re.search(r"violated: (.*)", done.stdout + done.stderr)
    if found and not re.search(r"fatal error|assertion failed", done.stdout + done.stderr):
        return Outcome(caught_by=found[1])
    if "no test cases matching" in done.stdout + done.stderr:
        return Outcome()
    return Outcome(crash=last_line(done.stderr))


def examine(build, mutant, deep):
    """A row of the table: the mutant, what caught it, where, and whether that was one of the first seeds."""
    def by_seeds(first, last):
        engine = engine_of(mutant)
        outcome = seeds(build, engine, mutant, first, last)
        if outcome.caught_by:
            without = seeds(build, engine, "", outcome.seed, outcome.seed)
            if without.caught_by or without.crash:
                outcome = Outcome(crash=f"seed {outcome.seed}, which violates {without.caught_by} without it, too")
        return outcome, f"seed {outcome.seed}"

    def by_scenario():
        return directed(build, mutant), "directed: " + mutant.replace("-", "_")

    further = [lambda: by_seeds(SEEDS + 1, DEEP_SEEDS), by_scenario]
    crash = ""
    for attempt in [lambda: by_seeds(1, SEEDS), *(further if deep else reversed(further))]:
        outcome, where = attempt()
        if outcome.caught_by:
            return mutant, outcome.caught_by, where, 0 < outcome.seed <= SEEDS
        crash = crash or outcome.crash
    return mutant, "", f"a crash only: {crash}" if crash else "nothing", False


def mutants_of(build):
    listing = execute([build / "tests/test_mutants"], "list").stdout
    return [line.split("\t")[0] for line in listing.splitlines() if "\t" in line]


def problems_of_builds(build, release):
    """What must hold besides the mutants."""
    for engine in ("pbft", "raft"):
        clean = seeds(build, engine, "", 1, CLEAN_SEEDS)
        if clean.caught_by or clean.crash:
            yield f"without a mutant, {engine}: {clean.caught_by or clean.crash} (seed {clean.seed})"
    unknown = execute([build / "breakwater", "--help"], "no-such-mutant")
    if unknown.returncode != 2 or len(unknown.stderr.strip().splitlines()) != 1:
        yield "an unknown mutant is not refused with one line and exit code 2"
    if not release.exists():
        print(f"not checked for mutants: {release}, which is not built")
    else:
        program = release.read_bytes()
        known = [text for text in [b"BW_MUTANT", *(m.encode() for m in mutants_of(build))] if text in program]
        if known:
            yield f"{release} contains {known[0].decode()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the tree of the preset `mutants`")
    parser.add_argument("--deep", action="store_true",
                        help=f"where {SEEDS:,} seeds catch nothing, {DEEP_SEEDS:,} before the directed scenario")
    parser.add_argument("--only", action="append", default=[], help="this mutant alone")
    parser.add_argument("--release", type=pathlib.Path, help="a program that must know no mutant")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    release = arguments.release or build.parent / "release/breakwater"

    chosen = arguments.only or mutants_of(build)
    if not chosen:
        print(f"{build} holds no mutants; scripts/build mutants breakwater test_mutants makes it", file=sys.stderr)
        return 2
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        rows = []
        for row in pool.map(lambda m: examine(build, m, arguments.deep), chosen):
            rows.append(row)
            print(f"{row[0]:<28} {row[1] or 'NOT CAUGHT':<60.60} {row[2]}", flush=True)
    problems = [f"{mutant} is not caught: {where}" for mutant, caught_by, where, _ in rows if not caught_by]
    by_seeds = sum(row[3] for row in rows)
    print(f"{len(rows)} mutants, {len(rows) - len(problems)} caught, {by_seeds} of them by the first {SEEDS:,} seeds")
    if not arguments.only:
        if by_seeds < CAUGHT_BY_SEEDS_AT_LEAST:
            problems.append(f"{by_seeds} mutants caught by seeds; at least {CAUGHT_BY_SEEDS_AT_LEAST} must be")
        problems += problems_of_builds(build, release)
    for problem in problems:
        print("mutants: " + problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
