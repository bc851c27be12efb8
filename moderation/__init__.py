"""Self-hosted comment moderation: approve or hold by model, reject by people only."""

import os

__version__ = "0.1.0"

# onnxruntime keeps a device id and reports on itself to its maker unless this is set before it is
# imported; its function to switch that off comes too late. Scoring processes inherit it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
