"""Speed: latencies, throughput and footprint, each beside an anchor measured in the same run, and load."""
