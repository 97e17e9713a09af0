"""Language models behind one seam: a supervised child process, and a script for tests."""
