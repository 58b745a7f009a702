"""Explanation: why two people are thought to be one, as a sum that anybody can check."""

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl
from attrs import asdict, field, frozen

__all__ = ["Evidence", "Explanation"]

_WIDTH = 24
_PIXELS = 240
_FOR, _AGAINST = "#2a7fb8", "#d2691e"
"""Blue and orange, which are told apart by everybody, on white as on black."""


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
    """The waterfall of one pair: `prior` + the bits of each comparison + `household` + `rivals` = `weight`, which stands for `probability`.

    `household` is what the pair loses because two members of one household might agree so, too, and `rivals` what it loses to the other pairs of its two people; neither is shown where it is none.

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
    household: float = 0.0
    rivals: float = 0.0
    rule: str | None = None
    """The exact rule whose keys the two share, where rules were asked; `verdict` is what its check says: `agrees`, `contradicts`, or `not backed` where it says neither."""
    verdict: str | None = None

    @property
    def weight(self) -> float:
        """The log-odds that the two are one person, in bits."""
        return self.prior + sum(each.total for each in self.evidence) + self.household + self.rivals

    @property
    def losses(self) -> Mapping[str, float]:
        """The steps after the comparisons, those that take nothing left out."""
        return {name: bits for name, bits in (("household", self.household), ("rivals", self.rivals)) if bits}

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
        steps += [{"step": name, "bits": bits, "rarity": 0.0} for name, bits in self.losses.items()]
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
        ['evidence', 'host_id', 'household', 'prior', 'probability', 'rivals', 'rule', 'source_id', 'verdict', 'weight']
        """
        return {**asdict(self), "weight": self.weight, "probability": self.probability}

    def text(self) -> str:
        """The waterfall, a line a step."""
        lines = [_line(f"{self.source_id} = {self.host_id}?", "", "bits"), _line("prior", "", f"{self.prior:+.1f}")]
        for each in self.evidence:
            said = f"{each.source or '-'} | {each.host or '-'}"
            lines.append(f"{_line(each.comparison, each.level, f'{each.total:+.1f}')}  {said}")
        lines += [_line(name, "", f"{bits:+.1f}") for name, bits in self.losses.items()]
        lines += [_line("weight", "", f"{self.weight:+.1f}"), _line("probability", "", f"{self.probability:.5f}")]
        if self.rule:
            lines.append(f"{'rule':<{_WIDTH}} {self.rule}: {self.verdict}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The waterfall as a table whose bars begin where the one before ended: to the right for the pair, to the left against it."""
        frame = self.frame.select("step", "level", "source", "host", bits=pl.col("bits") + pl.col("rarity"), end="weight")
        ends = [0.0, *frame["end"]]
        low, high = min(ends), max(ends)
        scale = _Scale(low, max(high - low, 1.0))
        rows = [
            _row(step, level, f"{source or '-'} | {host or '-'}" if level else "", bits, scale.bar(start, end))
            for (step, level, source, host, bits, end), start in zip(frame.iter_rows(), ends, strict=False)
        ]
        rows.append(_row("weight", "", f"probability {self.probability:.5f}", self.weight, scale.bar(0.0, self.weight)))
        caption = f"{self.source_id} = {self.host_id}? {self.weight:+.1f} bits, probability {self.probability:.5f}"
        head = "".join(f"<th scope='col'>{name}</th>" for name in ("comparison", "level", "source | host", "bits", ""))
        return f"<table style='color:inherit'><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


@frozen
class _Scale:
    """Where bits are drawn."""

    low: float
    span: float

    def at(self, bits: float) -> float:
        """The place of a running sum, in pixels."""
        return round((bits - self.low) / self.span * _PIXELS, 1)

    def bar(self, start: float, end: float) -> str:
        """A bar between two running sums, beside a line at none; the numbers say the same, so that it is hidden from readers of screens."""
        left, right, colour = self.at(min(start, end)), self.at(max(start, end)), _AGAINST if end < start else _FOR
        return (
            f"<svg width='{_PIXELS + 2}' height='14' aria-hidden='true'>"
            f"<rect x='{left}' y='2' width='{max(right - left, 1):.1f}' height='10' fill='{colour}'/>"
            f"<path d='M{self.at(0)} 0v14' stroke='currentColor' stroke-width='0.5'/></svg>"
        )


def _row(step: str, level: str | None, said: str, bits: float, bar: str) -> str:
    """A row of the chart; letters take the colours of the page, light or dark."""
    text = f"<th scope='row' style='text-align:left'>{escape(step)}</th>"
    cells = "".join(f"<td style='text-align:left'>{escape(cell or '')}</td>" for cell in (level, said))
    number = f"<td style='text-align:right;font-variant-numeric:tabular-nums'>{bits:+.1f}</td>"
    return f"<tr>{text}{cells}{number}<td>{bar}</td></tr>"


def _line(step: str, level: str, number: str) -> str:
    return f"{step:<{_WIDTH}} {level:<13}{number:>7}"
