"""COCO's caption metrics."""
