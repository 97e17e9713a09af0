"""Index: reads and stores articles, and retrieves passages and evidence from them."""

import os

# Otherwise onnxruntime gives the machine an id and reports each model and run to Microsoft, some ten seconds after it
# starts. It reads this variable once, at first use; this package is always imported before that.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
