"""The facts that the entries state, in their order, and the rules between them that anybody can check.

No gram backs two receipts: an interval is its receipt's from the alloc leaf on until a void leaf of that receipt. None
lies outside of a retirement, no unit of a serial number block is retired twice, no leaf speaks of what is not there.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from receipts.log.findings import Finding
from receipts.log.intervals import Interval, Taken
from receipts.log.leaves import AllocLeaf, KeyLeaf, Leaf, ReceiptLeaf, RenditionLeaf, RetireLeaf, VoidLeaf
from receipts.log.replay_keys import KeyReplay


@dataclass(slots=True)
class ReceiptStory:
    """What the log says of one receipt; indexes of leaves."""

    index: int | None = None
    allocations: dict[AllocLeaf, int] = field(default_factory=dict)
    voids: dict[VoidLeaf, int] = field(default_factory=dict)
    renditions: dict[RenditionLeaf, int] = field(default_factory=dict)
    held: list[tuple[str, Interval]] = field(default_factory=list)


class FactReplay:
    """After the last leaf it holds all that the log says, for whoever compares it with something else."""

    def __init__(self) -> None:
        self.keys = KeyReplay()
        self.receipts: defaultdict[str, ReceiptStory] = defaultdict(ReceiptStory)
        self.retirements: dict[str, tuple[int, RetireLeaf]] = {}
        self._grams: defaultdict[str, Taken] = defaultdict(Taken)
        self._units: defaultdict[tuple[str, str], Taken] = defaultdict(Taken)

    def add(self, index: int, leaf: Leaf) -> Iterator[Finding]:
        """The next leaf."""
        match leaf:
            case KeyLeaf():
                yield from self.keys.add(index, leaf)
            case ReceiptLeaf():
                self.receipts[leaf.sha256].index = index
            case RetireLeaf():
                yield from self._retire(index, leaf)
            case AllocLeaf():
                yield from self._allocate(index, leaf)
            case VoidLeaf():
                yield from self._void(index, leaf)
            case RenditionLeaf():
                self.receipts[leaf.receipt_sha256].renditions[leaf] = index

    def finish(self) -> Iterator[Finding]:
        """After the last leaf: an alloc may stand before its receipt, but not without one."""
        for sha256, story in self.receipts.items():
            if story.index is not None:
                continue
            for index in sorted({*story.allocations.values(), *story.voids.values(), *story.renditions.values()}):
                yield Finding("reference", f"leaf {index}", f"The log has no receipt {sha256}.")

    def _retire(self, index: int, leaf: RetireLeaf) -> Iterator[Finding]:
        place = f"leaf {index}"
        if leaf.end < leaf.start or leaf.unit_grams == 0:
            yield Finding("units", place, "It retires nothing.")
            return
        overlapped = self._units[leaf.registry, leaf.serial].take(Interval(leaf.start, leaf.end + 1, place))
        if overlapped is not None:
            yield Finding("units", place, f"It retires units that {overlapped.owner} retired.")
        self.retirements[leaf.leaf_hash.hex()] = index, leaf

    def _allocate(self, index: int, leaf: AllocLeaf) -> Iterator[Finding]:
        place, story = f"leaf {index}", self.receipts[leaf.receipt_sha256]
        story.allocations[leaf] = index
        if leaf.retire not in self.retirements:
            yield Finding("reference", place, f"No leaf before it is the retirement {leaf.retire}.")
            return
        _, retirement = self.retirements[leaf.retire]
        if not leaf.from_g < leaf.to_g <= retirement.grams:
            yield Finding("grams", place, f"Grams {leaf.from_g} to {leaf.to_g} are not of its retirement.")
            return
        if story.voids:
            yield Finding("grams", place, f"Receipt {leaf.receipt_sha256} was void before.")
            return
        interval = Interval(leaf.from_g, leaf.to_g, leaf.receipt_sha256)
        overlapped = self._grams[leaf.retire].take(interval)
        if overlapped is None:
            story.held.append((leaf.retire, interval))
        else:
            yield Finding(
                "grams",
                place,
                f"Grams {max(overlapped.start, interval.start)} to {min(overlapped.stop, interval.stop)} of retirement"
                f" {leaf.retire} back receipt {overlapped.owner} already.",
            )

    def _void(self, index: int, leaf: VoidLeaf) -> Iterator[Finding]:
        story = self.receipts[leaf.receipt_sha256]
        if story.index is None:
            yield Finding("reference", f"leaf {index}", f"No leaf before it is of receipt {leaf.receipt_sha256}.")
        if story.voids:
            yield Finding("reference", f"leaf {index}", f"Receipt {leaf.receipt_sha256} was void before.")
        story.voids[leaf] = index
        for retire, interval in story.held:
            self._grams[retire].give_back(interval)
        story.held.clear()
