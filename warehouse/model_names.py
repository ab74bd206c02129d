"""A provider's model name -> its class. Pure; once per (provider, model), since regular expressions differ by engine.

The rules are those of the factor set: normalise the name step by step, then the first alias pattern wins whose vendor
fits.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.factor_set import read_table

ROUTERS = frozenset({"openrouter"})

_SUFFIX = re.compile(r":(free|extended|thinking|nitro|floor|online|beta|exacto|batch).*$")
_REGION = re.compile(r"^(us-gov|us|eu|apac|au|jp|ca|global)\.")
_VENDOR = re.compile(
    r"^(anthropic|meta|mistral|amazon|cohere|openai|ai21|moonshot|minimax|zai|nvidia|google|writer|twelvelabs)\."
)
_BEDROCK_VERSION = re.compile(r"-v[0-9]+(:[0-9]+)?(:[0-9]+k)?$")


@dataclass(frozen=True, slots=True)
class Alias:
    priority: int
    vendor: str
    pattern: str
    model_class: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """What a name resolved to, and by which rule."""

    normalized_name: str
    model_class: str
    alias_priority: int
    alias_pattern: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The alias table of one factor version, in the order in which patterns are tried."""

    version: str
    aliases: Sequence[Alias]
    vendor_spellings: dict[str, str]

    @classmethod
    def of_version(cls, version: str) -> "ModelNames":
        aliases = [
            Alias(
                priority=int(row["priority"]),
                vendor=row["model_vendor"],
                pattern=row["pattern_regex"],
                model_class=row["class"],
                confidence=row["confidence"],
            )
            for row in read_table(version, "model_aliases")
        ]
        aliases.sort(key=lambda alias: alias.priority)  # stable: ties stay in file order
        spellings = {row["spelled"]: row["model_vendor"] for row in read_table(version, "vendor_aliases")}
        return cls(version=version, aliases=tuple(aliases), vendor_spellings=spellings)

    def resolve(self, provider: str, model: str) -> ResolvedModel:
        """The class of a model; UNK with confidence none if no pattern knows it (the last alias matches everything)."""
        name = normalized(model)
        vendor = self.vendor_of(provider, model)
        for alias in self.aliases:
            if alias.vendor in ("*", vendor or alias.vendor) and re.search(alias.pattern, name):
                return ResolvedModel(name, alias.model_class, alias.priority, alias.pattern, alias.confidence)
        raise LookupError(f"the alias table of {self.version} has no last pattern that matches everything")

    def vendor_of(self, provider: str, model: str) -> str | None:
        """The vendor before the last `/`, else the provider; None (any vendor fits) where a router names nobody."""
        path = model.lower().strip().split("@")[0].split("/")[:-1]
        if path:
            return self.vendor_spellings.get(path[-1], path[-1])
        return None if provider in ROUTERS else provider


def normalized(model: str) -> str:
    """The name that the alias patterns are tried on; the steps and their order are those of the factor set's rules."""
    name = model.lower().strip().split("@")[0]
    name = _SUFFIX.sub("", name)
    name = name.rsplit("/", 1)[-1].removeprefix("ft:")
    name = _REGION.sub("", name)
    name = _VENDOR.sub("", name)
    if "claude" in name:
        name = name.replace(".", "-")
    if "claude" in name or "nova" in name:
        name = _BEDROCK_VERSION.sub("", name)
    return name
