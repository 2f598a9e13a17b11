"""stats.pyi: the types of an effect; report/stats says what its fields mean."""

from dataclasses import dataclass
from enum import Enum

@dataclass(frozen=True)
class Effect:
    ratio: float
    low: float
    high: float
    p: float
    n: tuple[int, int]
    spread: float
    mde: float
    paired: bool
    relative: bool

class Verdict(str, Enum):
    BETTER = "BETTER"
    WORSE = "WORSE"
    SAME = "SAME"
    INCONCLUSIVE = "INCONCLUSIVE"
