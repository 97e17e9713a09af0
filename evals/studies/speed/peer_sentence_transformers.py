"""Peer process, run by the Python of another environment: embeds the texts once for each line, and prints the speed.

PYTHON peer_sentence_transformers.py MODEL_FOLDER THREADS
"""

import json
import sys
import time

import torch
from sentence_transformers import SentenceTransformer


def main() -> None:
    """Print the vector of the first text, and then for each line the texts a second."""
    torch.set_num_threads(int(sys.argv[2]))
    model = SentenceTransformer(sys.argv[1], device="cpu")
    texts = json.loads(sys.stdin.readline())
    print(json.dumps(model.encode(texts[:1], show_progress_bar=False)[0].tolist()), flush=True)
    for _ in sys.stdin:  # a line for each run, so that both sides take turns
        began = time.perf_counter()
        model.encode(texts, show_progress_bar=False)
        print(len(texts) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
