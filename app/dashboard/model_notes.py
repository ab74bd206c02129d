"""What the page says of a model's class and of how sure that class is."""

from dataclasses import dataclass

CLASS_MEANINGS = {
    "XS": "up to 9 B parameters, embeddings",
    "S": "12 to 35 B dense, or sparse of that cost",
    "M": "70 B dense, or sparse of that cost",
    "L": "large: the providers' workhorses",
    "XL": "very large: the providers' flagships",
    "XXL": "the largest and slowest models",
    "OM": "open sparse model of 200 B parameters and more",
}


@dataclass(frozen=True, slots=True)
class ModelNote:
    class_text: str
    class_tone: str
    class_meaning: str
    confidence_text: str


def note_of(model_class: str, confidence: str) -> ModelNote:
    if model_class == "NA":
        return ModelNote("not estimated", "cl-badge-warn", "No text tokens to estimate, such as audio or images", "")
    if model_class == "UNK":
        return ModelNote(
            "unknown model", "cl-badge-bad", "No class matches this name, so its range is wide", "wide range"
        )
    return ModelNote(
        f"class {model_class}", "", CLASS_MEANINGS.get(model_class, "see Methodology"), f"{confidence} confidence"
    )
