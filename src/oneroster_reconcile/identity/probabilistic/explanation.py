"""Explanation: why two people are thought to be one, as a sum that anybody can check."""

from html import escape
from typing import Any

import polars as pl
from attrs import asdict, field, frozen

__all__ = ["Evidence", "Explanation"]

_WIDTH = 24


@frozen(kw_only=True)
class Evidence:
    """What one comparison adds: the level that it found, its bits, and those that the rarity of the shared value adds.

    >>> Evidence(comparison="family name", level="exact", source="byron", host="byron", bits=8.5, rarity=1.5).total
    10.0
    """

    comparison: str
    level: str
    source: str | None = field(repr=False)
    host: str | None = field(repr=False)
    bits: float
    rarity: float = 0.0

    @property
    def total(self) -> float:
        """All bits of the comparison."""
        return self.bits + self.rarity


@frozen(kw_only=True)
class Explanation:
    """The waterfall of one pair: `prior` + the bits of each comparison = `weight`, which stands for `probability`.

    >>> same = Evidence(comparison="family name", level="exact", source="byron", host="byron", bits=8.5, rarity=1.5)
    >>> why = Explanation(source_id="a", host_id="7", prior=-8.0, evidence=(same,))
    >>> why.weight, why.probability
    (2.0, 0.8)
    >>> print(why.text())
    a = 7?                                   bits
    prior                                    -8.0
    family name              exact          +10.0  byron | byron
    weight                                   +2.0
    probability                           0.80000
    """

    source_id: str
    host_id: str
    prior: float
    evidence: tuple[Evidence, ...]

    @property
    def weight(self) -> float:
        """The log-odds that the two are one person, in bits."""
        return self.prior + sum(each.total for each in self.evidence)

    @property
    def probability(self) -> float:
        """What the weight stands for."""
        return float(1 / (1 + 2.0**-self.weight))

    @property
    def frame(self) -> pl.DataFrame:
        """The steps as rows: `step, level, source, host, bits, rarity, weight`, the last being the running sum."""
        steps = [{"step": "prior", "bits": self.prior, "rarity": 0.0}] + [
            {"step": each.comparison, **asdict(each, filter=lambda part, _: part.name != "comparison")} for each in self.evidence
        ]
        schema = {
            "step": pl.String(),
            "level": pl.String(),
            "source": pl.String(),
            "host": pl.String(),
            "bits": pl.Float64(),
            "rarity": pl.Float64(),
        }
        return pl.DataFrame(steps, schema=schema).with_columns(weight=(pl.col("bits") + pl.col("rarity")).cum_sum())

    def to_dict(self) -> dict[str, Any]:
        """The explanation in plain values, such as JSON has.

        >>> sorted(Explanation(source_id="a", host_id="7", prior=-8.0, evidence=()).to_dict())
        ['evidence', 'host_id', 'prior', 'probability', 'source_id', 'weight']
        """
        return {**asdict(self), "weight": self.weight, "probability": self.probability}

    def text(self) -> str:
        """The waterfall, a line a step."""
        lines = [_line(f"{self.source_id} = {self.host_id}?", "", "bits"), _line("prior", "", f"{self.prior:+.1f}")]
        for each in self.evidence:
            said = f"{each.source or '-'} | {each.host or '-'}"
            lines.append(f"{_line(each.comparison, each.level, f'{each.total:+.1f}')}  {said}")
        lines += [_line("weight", "", f"{self.weight:+.1f}"), _line("probability", "", f"{self.probability:.5f}")]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The waterfall as bars: green to the right for the pair, red to the left against it."""
        widest = max([abs(self.prior), *(abs(each.total) for each in self.evidence), 1.0])
        steps = [("prior", "", "", self.prior)] + [
            (each.comparison, each.level, f"{each.source or '-'} | {each.host or '-'}", each.total) for each in self.evidence
        ]
        rows = "".join(_bar(*step, widest) for step in steps)
        title = escape(f"{self.source_id} = {self.host_id}? {self.weight:+.1f} bits, probability {self.probability:.5f}")
        return f"<table><caption>{title}</caption>{rows}</table>"


def _bar(step: str, level: str, said: str, bits: float, widest: float) -> str:
    """One row of the chart: two cells of which the bar fills one."""
    filled = f"<div style='width:{abs(bits) / widest:.0%};height:1em;background:{{}};margin-left:{{}}'></div>"
    against = filled.format("#c0392b", "auto") if bits < 0 else ""
    favour = filled.format("#27ae60", "0") if bits > 0 else ""
    cells = "".join(f"<td>{escape(text)}</td>" for text in (step, level, said, f"{bits:+.1f}"))
    return f"<tr>{cells}<td style='width:8em'>{against}</td><td style='width:8em'>{favour}</td></tr>"


def _line(step: str, level: str, number: str) -> str:
    return f"{step:<{_WIDTH}} {level:<13}{number:>7}"
