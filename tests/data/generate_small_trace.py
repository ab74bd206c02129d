"""Writes small_trace.jsonl beside itself: 400 requests over ten minutes, in the format of the Mooncake traces.

Every number comes from the seed; nothing is taken from a real trace. Conversations come back with a longer prompt, so
Every number comes from the seed; nothing is taken from a real trace. Conversations come back with longer prompts, so
"""

import json
import random
from pathlib import Path

SEED = 20261122
REQUESTS = 400
SPAN_MS = 600_000
BLOCK_TOKENS = 512


def requests(seed: int = SEED) -> list[dict[str, object]]:
    """The requests in order of time; block ids grow in order of first use."""
    dice = random.Random(seed)
    conversations: list[list[int]] = []
    next_block = 1
    made: list[dict[str, object]] = []
    for timestamp in sorted(dice.randrange(SPAN_MS) for _ in range(REQUESTS)):
        if conversations and dice.random() < 0.55:
            blocks = conversations[dice.randrange(len(conversations))]
        else:
            blocks = [0]
            conversations.append(blocks)
        for _ in range(dice.randint(0 if len(blocks) > 1 else 1, 6)):
            blocks.append(next_block)
            next_block += 1
        # The last block is seldom full; now and then it is, and then all of a repeated prompt is cached.
        last = BLOCK_TOKENS if dice.random() < 0.1 else dice.randint(1, BLOCK_TOKENS)
        made.append(
            {
                "timestamp": timestamp,
                "input_length": (len(blocks) - 1) * BLOCK_TOKENS + last,
                "output_length": dice.randint(1, 900),
                "hash_ids": list(blocks),
            }
        )
    return made


if __name__ == "__main__":
    lines = [json.dumps(request) for request in requests()]
    Path(__file__).with_name("small_trace.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
