"""Which providers OpenRouter may have sent a model's requests to."""

_BY_VENDOR = {
    "openai": ("OpenAI", "Azure"),
    "anthropic": ("Anthropic", "Amazon Bedrock", "Google"),
    "google": ("Google", "Google AI Studio"),
    "deepseek": ("DeepSeek", "Together", "Fireworks"),
    "meta-llama": ("Together", "Groq", "DeepInfra"),
    "mistralai": ("Mistral",),
    "qwen": ("Alibaba", "Together"),
}


def upstreams_of(model: str) -> tuple[str, ...]:
    """Never empty: a vendor that is not known serves its models itself."""
    vendor = model.partition("/")[0]
    return _BY_VENDOR.get(vendor, (vendor.capitalize(),))
