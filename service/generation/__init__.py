"""Text generators behind one protocol: llama.cpp in a supervised child process, a remote server, a script for tests."""
