"""The product detector: a small anchor-free YOLO, its data, its losses and its export."""
