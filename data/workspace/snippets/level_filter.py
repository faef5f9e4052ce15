"""Removes waves from a series of water levels.

The filter keeps the median of eleven readings, because a mean follows every passing ship.
A reading that differs from the median by more than 400 millimetres is dropped.
"""

WINDOW = 11
LIMIT_MM = 400


def smooth(levels: list[int]) -> list[int]:
    """Returns one smoothed level for each full window of readings."""
    smoothed = []
    for start in range(len(levels) - WINDOW + 1):
        window = sorted(levels[start : start + WINDOW])
        median = window[WINDOW // 2]
        # Spray on the antenna looks like a jump, so outliers never enter the mean.
        near = [level for level in window if abs(level - median) <= LIMIT_MM]
        smoothed.append(round(sum(near) / len(near)))
    return smoothed
