"""The usage APIs of OpenAI, Anthropic and OpenRouter, replaying a trace or inventing usage from a seed."""
