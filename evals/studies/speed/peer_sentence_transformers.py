"""Peer process for embedding speed, run in another Python environment: embeds the texts once per input line.

PYTHON peer_sentence_transformers.py MODEL_FOLDER THREADS
"""

import json
import sys
import time

import torch
from sentence_transformers import SentenceTransformer


def main() -> None:
    """Print the vector of the first text, then for each further line on stdin the texts per second."""
    torch.set_num_threads(int(sys.argv[2]))
    model = SentenceTransformer(sys.argv[1], device="cpu")
    texts = json.loads(sys.stdin.readline())
    print(json.dumps(model.encode(texts[:1], show_progress_bar=False)[0].tolist()), flush=True)
    for _ in sys.stdin:  # one line per run, so that both libraries take turns
        began = time.perf_counter()
        model.encode(texts, show_progress_bar=False)
        print(len(texts) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
