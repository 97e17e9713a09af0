"""Generation speed baseline: llama.cpp alone (`python -m evals.studies.speed.bare_engine MODEL TOKENS THREADS`)."""

import sys
import time

import llama_cpp

PROMPT = "Tell at length, in many sentences, what people have built along the great rivers, and why."
CONTEXT_TOKENS = 2048
RUNS = 3


def main() -> None:
    """For each line on stdin generate TOKENS tokens and print the tokens per second."""
    path, tokens, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    llama = llama_cpp.Llama(
        path, n_ctx=CONTEXT_TOKENS, n_threads=threads, n_threads_batch=threads, flash_attn=True, verbose=False
    )
    prompt = llama.tokenize(f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n".encode(), special=True)
    for _ in sys.stdin:  # one line per run, so that both engines take turns
        llama.reset()  # type: ignore[no-untyped-call]
        written = llama.generate(prompt, temp=0.0)
        next(written)
        began = time.perf_counter()
        for _ in range(tokens - 1):
            next(written)
        print((tokens - 1) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
