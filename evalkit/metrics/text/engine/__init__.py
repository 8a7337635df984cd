"""How texts are compared: ROUGE, sacreBLEU and embeddings."""
