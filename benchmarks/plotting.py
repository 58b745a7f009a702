"""Small diagrams as SVG: how something grows, both axes logarithmic."""

from collections.abc import Callable, Sequence
from math import log10

__all__ = ["Diagram", "plotted"]

Diagram = tuple[str, Sequence[tuple[float, float]]]
"""What goes up, and the points: a number of rows or people, and the value there."""
_WIDE, _HIGH, _EDGE = 320, 180, 40
_COLOURS = ("#2a7fb8", "#d2691e", "#5a8f3c")


def plotted(title: str, diagrams: Sequence[Diagram]) -> str:
    """Diagrams side by side; growth by a power is a straight line."""
    drawn = "".join(
        f"<g transform='translate({at * _WIDE} 0)'>{_diagram(name, points, colour)}</g>"
        for at, ((name, points), colour) in enumerate(zip(diagrams, _COLOURS, strict=False))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(diagrams) * _WIDE} {_HIGH + 20}" role="img" font-family="sans-serif" font-size="10" fill="#777">'
        f"<title>{title}</title>{drawn}</svg>\n"
    )


def _diagram(name: str, points: Sequence[tuple[float, float]], colour: str) -> str:
    across, up = (_scale([point[axis] for point in points], size) for axis, size in ((0, _WIDE), (1, _HIGH)))
    places = [(across(x), _HIGH - up(y)) for x, y in points]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    dots = "".join(
        f"<circle cx='{x:.0f}' cy='{y:.0f}' r='3' fill='{colour}'/>"
        f"<text x='{x:.0f}' y='{y - 7:.0f}' text-anchor='middle'>{value:,.{1 if value < 10 else 0}f}</text>"
        f"<text x='{x:.0f}' y='{_HIGH + 12}' text-anchor='middle'>{_short(people)}</text>"
        for (x, y), (people, value) in zip(places, points, strict=True)
    )
    return (
        f"<text x='{_EDGE}' y='12' fill='{colour}'>{name}</text><polyline points='{line}' fill='none' stroke='{colour}'/>{dots}"
    )


def _scale(values: Sequence[float], size: int) -> Callable[[float], float]:
    """Where a value lies between two edges, by its logarithm."""
    low, high = log10(min(values)), log10(max(values))
    return lambda value: _EDGE + (log10(value) - low) / ((high - low) or 1) * (size - 2 * _EDGE)


def _short(people: float) -> str:
    return f"{people / 1e6:.1f}M" if people >= 950_000 else f"{people / 1e3:.0f}k"
