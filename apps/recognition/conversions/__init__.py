"""Packaged weights rewritten as ONNX, once per machine, each checked against its original."""
