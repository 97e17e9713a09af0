"""Text generation: one protocol for llama.cpp in a supervised child process, remote servers and test scripts."""
