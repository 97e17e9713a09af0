"""Speed studies: load test, and benchmark of latency, throughput and footprint against anchors of the same run."""
