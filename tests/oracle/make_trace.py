#!/usr/bin/env python3
"""Makes up a booking trace, dense with what real ones have little of: repeated confirms, cancels after confirms, second
cancels, duplicate bookings, numbers used again after a cancel.

    make_trace.py SEED COMMANDS > trace.csv
"""
import random
import sys


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    voyages = [f"V{i}" for i in range(rng.randint(2, 6))]
    classes = ["A", "B", "C"][: rng.randint(1, 3)]
    numbers = count // 4 + 2  # few, so that they meet again
    home = {b: (rng.choice(voyages), rng.choice(classes)) for b in range(1, numbers)}
    print("date,action,voyage,class,booking")
    for _ in range(count):
        booking = rng.randrange(1, numbers)
        action = rng.choices(["reserve", "confirm", "cancel"], weights=[5, 3, 2])[0]
        voyage, suite_class = home[booking]
        if action == "reserve" and rng.random() < 0.1:  # the same number asks for another suite
            voyage, suite_class = rng.choice(voyages), rng.choice(classes)
        print(f"2030-01-01,{action},{voyage},{suite_class},{booking}")


if __name__ == "__main__":
    main()
