"""The first YOLO (Redmon et al., "You only look once", CVPR 2016): network, loss, output layout, export."""
