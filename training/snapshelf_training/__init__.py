"""Trains the models that Snapshelf ships and exports them as ONNX with a model card."""
