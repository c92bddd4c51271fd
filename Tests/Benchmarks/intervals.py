"""95 % confidence intervals: Wilson for shares, Byar for counts, a seeded bootstrap over sites for the rest."""

import math

Z = 1.959963984540054  # the normal quantile at 0.975
RESAMPLES = 1000
SEED = 20240522


def wilson(count, total):
    """Of a share of independent cases (Wilson 1927); None where there are none."""
    if not total:
        return None
    share = count / total
    middle = (share + Z * Z / (2 * total)) / (1 + Z * Z / total)
    half = Z / (1 + Z * Z / total) * math.sqrt(share * (1 - share) / total + Z * Z / (4 * total * total))
    return (0.0 if count == 0 else max(middle - half, 0.0), 1.0 if count == total else min(middle + half, 1.0))


def poisson(count):
    """Of the mean behind a count: Byar's approximation of the exact interval (Breslow and Day 1987, 2.3)."""
    def limit(n, z):
        return n * (1 - 1 / (9 * n) + z / (3 * math.sqrt(n))) ** 3
    return (0.0 if count == 0 else max(limit(count, -Z), 0.0), limit(count + 1, Z))


def bootstrap(groups, figure):
    """Quantiles of the mean of `figure` over groups, each group's units drawn anew with replacement.

    groups   arrays of units: the sites of a case
    figure   of an array of units: a number, or None where the sample has none
    """
    import numpy as np

    generator = np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES):
        drawn = [figure(np.asarray(g)[generator.integers(0, len(g), len(g))]) for g in groups if len(g)]
        drawn = [v for v in drawn if v is not None and math.isfinite(v)]
        if drawn:
            values.append(sum(drawn) / len(drawn))
    if len(values) * 2 < RESAMPLES:
        return None
    return tuple(float(v) for v in np.quantile(values, [0.025, 0.975]))


def random_list(sites, positives, listed):
    """The mean average precision of all lists of `listed` of the sites; of all orders where all are listed."""
    if not positives:
        return None
    others = (positives - 1) / (sites - 1) if sites > 1 else 0.0
    return sum((1 + i * others) / (i + 1) for i in range(listed)) / sites


def row(measure, value, interval=None, counted="", chance=None):
    """A line of a table of figures."""
    def show(number):
        return "–" if number is None else f"{number:.3f}"
    return {"measure": measure, "value": value, "counted": counted or "–", "by chance": chance,
            "95 % interval": f"{show(interval[0])} to {show(interval[1])}" if interval else "–"}


def share(measure, count, total, chance=None):
    return row(measure, count / total if total else None, wilson(count, total), f"{count} of {total}", chance)


COLUMNS = ["measure", "value", "95 % interval", "counted", "by chance"]
