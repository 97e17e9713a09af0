"""Articles in, passages and evidence out."""

import os

# onnxruntime gives the machine an id and reports each model and run to Microsoft, some ten seconds after it began. It
# looks for this once, when it is first used: whichever module of ours loads it, this one was there before.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
