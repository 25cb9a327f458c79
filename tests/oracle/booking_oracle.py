#!/usr/bin/env python3
"""What a trace must come to, by the contract's words alone: shares nothing with the C++ booking machine.

    booking_oracle.py TRACE.csv --capacity A=60,default=6

prints {"accepted", "refused": {reason: count}, "occupied": {voyage: {suite: [booking, state]}}} as JSON. True of a replay
with one desk and bundle 1, where the trace alone fixes the order.
"""
import argparse
import csv
import heapq
import json
from collections import Counter


def capacities(text):
    out = {"default": 10}
    for item in filter(None, text.split(",")):
        name, _, number = item.rpartition("=")
        out[name] = int(number)
    return out


def run(events, capacity):
    """`events`: rows of (action, voyage, class, booking)."""
    free = {}      # (voyage, class) -> heap of free suite numbers
    bookings = {}  # booking -> [voyage, class, suite number, state]
    refused = Counter()
    accepted = 0
    for action, voyage, suite_class, booking in events:
        free.setdefault((voyage, suite_class),
                        list(range(1, capacity.get(suite_class, capacity["default"]) + 1)))
    for action, voyage, suite_class, booking in events:
        reason = None
        if action == "reserve":
            if booking in bookings:
                reason = "booking_exists"
            elif not free[voyage, suite_class]:
                reason = "sold_out"
            else:
                number = heapq.heappop(free[voyage, suite_class])
                bookings[booking] = [voyage, suite_class, number, "reserved"]
        elif booking not in bookings:
            reason = "unknown_booking"
        elif action == "confirm":
            bookings[booking][3] = "confirmed"
        else:
            v, c, number, _ = bookings.pop(booking)
            heapq.heappush(free[v, c], number)
        if reason:
            refused[reason] += 1
        else:
            accepted += 1
    occupied = {}
    for booking, (voyage, suite_class, number, state) in bookings.items():
        occupied.setdefault(voyage, {})[f"{suite_class}-{number}"] = [booking, state]
    return {"accepted": accepted, "refused": dict(refused), "occupied": occupied}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(r["action"], r["voyage"], r["class"], int(r["booking"])) for r in csv.DictReader(file)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace")
    parser.add_argument("--capacity", default="")
    arguments = parser.parse_args()
    print(json.dumps(run(read(arguments.trace), capacities(arguments.capacity)), sort_keys=True))


if __name__ == "__main__":
    main()
