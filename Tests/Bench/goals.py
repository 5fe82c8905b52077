"""What a row has to keep, and the line that says whether it did."""

import dataclasses


@dataclasses.dataclass
class Claim:
    what: str
    value: float
    limit: float
    # The limit is the least; else the most.
    is_floor: bool = False

    def is_kept(self):
        return self.value >= self.limit if self.is_floor else self.value <= self.limit

    def __str__(self):
        bound = "at least" if self.is_floor else "at most"
        return f"{self.what} {self.value:.4g} ({bound} {self.limit:g})"


def ratio(what, values, other, limit, is_floor=False):
    """The claim about Bascule's value over another one's, of values by name."""
    return Claim(f"{what} / {other}", values["bascule"] / values[other], limit, is_floor)


def judged(row, claims):
    """Prints the row's verdict, and returns it."""
    missed = [claim for claim in claims if not claim.is_kept()]
    words = "; ".join(map(str, claims))
    if not claims:
        line = f"{row}: no goal, as Bascule was not measured"
    elif missed:
        line = f"{row}: goal MISSED in {len(missed)} of {len(claims)}: {words}"
    else:
        line = f"{row}: goal kept: {words}"
    print(line, flush=True)
    return line
