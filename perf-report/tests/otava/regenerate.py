"""Writes `series.json`: series, and the change points that Apache Otava finds in them.

    python3 -m venv venv
    venv/bin/pip install apache-otava==0.8.0
    venv/bin/python perf-report/tests/otava/regenerate.py

The made-up series are seeded. The recorded ones are medians of the calls in
`perf-runtime/tests/traces`. Values are rounded to six digits before Otava sees
them, so that both sides read the same numbers.

Where an answer has `recomputed`, Otava 0.8.0 differs from itself: when its merge
step takes a weak point away, the pieces of both neighbours grow, and both are to
be judged again; it judges the right one and the one after that (after the
deletion, places k and k + 1 instead of k - 1 and k), and the left one keeps a
p-value of a piece that is no more. `recomputed` holds what Otava's own test says
where both neighbours are judged again, and it is what this project answers.
"""

import csv
import json
import math
import random
import statistics
from importlib.metadata import version
from pathlib import Path

from otava.analysis import TTestSignificanceTester, compute_change_points, split

HERE = Path(__file__).resolve().parent
TRACES = HERE.parents[2] / "perf-runtime" / "tests" / "traces"
# Window and greatest p-value; the first is Otava's default.
SETTINGS = [(50, 0.001), (30, 0.01), (20, 0.0001)]


def noisy(seed, levels, sd):
    """Lognormal around a level for each run."""
    rng = random.Random(seed)
    return [level * math.exp(rng.gauss(0, sd)) for level in levels]


def steps(*pieces):
    """Levels, each for so many runs."""
    return [level for level, runs in pieces for _ in range(runs)]


def autocorrelated(seed, levels, sd, share):
    """Each run keeps `share` of what disturbed the one before."""
    rng = random.Random(seed)
    state, values = 0.0, []
    for level in levels:
        state = share * state + math.sqrt(1 - share**2) * rng.gauss(0, sd)
        values.append(level * math.exp(state))
    return values


def spikes(seed, levels, sd, share):
    """Some runs are much slower."""
    rng = random.Random(seed)
    quiet = noisy(seed + 1000, levels, sd)
    return [value * (1 + rng.uniform(0.2, 2)) if rng.random() < share else value for value in quiet]


def bimodal(seed, runs, sd, gap):
    """Each run draws one of two layouts."""
    rng = random.Random(seed)
    return noisy(seed + 1000, [100 * (1 + gap * rng.randint(0, 1)) for _ in range(runs)], sd)


def walk(seed, runs, sd):
    """The level itself wanders."""
    rng = random.Random(seed)
    level, values = 100.0, []
    for _ in range(runs):
        level *= math.exp(rng.gauss(0, sd))
        values.append(level)
    return values


def recorded(name, calls):
    """Medians of so many calls each, in microseconds, by the clean clock."""
    with open(TRACES / f"{name}.csv", newline="") as file:
        rows = [(int(row["wall_ns"]), row["taken_off_ns"]) for row in csv.DictReader(file)]
    times = [wall - int(off) for wall, off in rows if off != "-"]
    return [statistics.median(times[at : at + calls]) / 1000 for at in range(0, len(times) - calls + 1, calls)]


def counted(seed, pieces):
    """Counts: exact but for one run in twenty."""
    rng = random.Random(seed)
    return [level + (1 if rng.random() < 0.05 else 0) for level in steps(*pieces)]


SERIES = {
    "noise only": noisy(1, steps((100, 200)), 0.01),
    "noise only, short": noisy(2, steps((100, 12)), 0.02),
    "step up": noisy(3, steps((100, 60), (110, 60)), 0.02),
    "step down": noisy(4, steps((100, 70), (92, 50)), 0.02),
    "small step": noisy(5, steps((100, 80), (102, 80)), 0.01),
    "step at the end": noisy(6, steps((100, 60), (115, 4)), 0.02),
    "step after four runs": noisy(7, steps((100, 4), (130, 20)), 0.01),
    "several steps": noisy(8, steps((100, 50), (108, 40), (95, 60), (96, 30), (120, 70)), 0.015),
    "there and back": noisy(9, steps((100, 40), (112, 6), (100, 40)), 0.01),
    "drift": noisy(10, [100 * (1 + 0.0015 * run) for run in range(150)], 0.01),
    "drift and step": noisy(11, [100 * (1 + 0.001 * run) * (1.1 if run >= 70 else 1) for run in range(140)], 0.01),
    "spikes": spikes(12, steps((100, 150)), 0.01, 0.1),
    "step with spikes": spikes(13, steps((100, 60), (112, 60)), 0.01, 0.1),
    "autocorrelated": autocorrelated(14, steps((100, 150)), 0.02, 0.7),
    "autocorrelated with a step": autocorrelated(15, steps((100, 80), (112, 80)), 0.02, 0.6),
    "two layouts": bimodal(16, 120, 0.003, 0.04),
    "random walk": walk(17, 180, 0.01),
    "constant": steps((412, 40)),
    "counts, exact": steps((412, 30), (415, 30), (398, 25)),
    "counts, nearly exact": counted(18, [(412, 40), (414, 40)]),
    "few values": [float(round(value)) for value in noisy(19, steps((10, 60), (11, 60)), 0.05)],
    "from zero": steps((0, 20), (3, 20)),
    "recorded: allocation, noisy": recorded("allocation_40us_noisy", 20),
    "recorded: sort, quiet then noisy": recorded("sort_66us_quiet", 40) + recorded("sort_66us_noisy", 40),
    "recorded: parse, quiet then noisy": recorded("parse_350ns_quiet", 50) + recorded("parse_350ns_noisy", 50),
}


def told(points):
    return [
        {"index": int(point.index), "pvalue": float(point.stats.pvalue)}
        for point in points
    ]


def recomputed(values, window, pvalue):
    """The merge step, with every point judged anew after each deletion."""
    tester = TTestSignificanceTester(pvalue)
    points = split(list(values), window, pvalue * 10)
    while points:
        intervals = tester.get_intervals(points)
        points = [tester.change_point(point.to_candidate(), values, intervals) for point in points]
        weakest = max(points, key=lambda point: point.stats.pvalue)
        if weakest.stats.pvalue < pvalue:
            break
        points.remove(weakest)
    return points


def answer(values, window, pvalue):
    # A list: of an array Otava 0.8.0 would look at the whole in every window.
    points, _ = compute_change_points(list(values), window_len=window, max_pvalue=pvalue)
    found = {"window": window, "max_pvalue": pvalue, "change_points": told(points)}
    again = told(recomputed(values, window, pvalue))
    if again != found["change_points"]:
        found["recomputed"] = again
    return found


def main():
    lines = [f'{{"otava": "{version("apache-otava")}", "series": [']
    for place, (name, values) in enumerate(SERIES.items()):
        values = [float(f"{value:.6g}") for value in values]
        answers = [answer(values, *settings) for settings in SETTINGS]
        entry = {"name": name, "values": values, "answers": answers}
        end = "" if place + 1 == len(SERIES) else ","
        lines.append(json.dumps(entry) + end)
    lines.append("]}")
    (HERE / "series.json").write_text("\n".join(lines) + "\n")


main()
