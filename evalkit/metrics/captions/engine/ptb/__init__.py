"""Penn Treebank tokens of captions, as COCO's evaluation makes them."""
