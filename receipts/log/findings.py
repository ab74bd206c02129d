"""What an audit of the log finds wrong, a sentence each."""

from dataclasses import dataclass
from typing import Literal

Rule = Literal["tree", "checkpoint", "consistency", "inclusion", "leaf", "key", "units", "grams", "reference", "ledger"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`place`: what it is about, such as "leaf 12", "checkpoint 40" or a receipt's serial number."""

    rule: Rule
    place: str
    sentence: str

    @property
    def line(self) -> str:
        return f"{self.rule}: {self.place}: {self.sentence}"
