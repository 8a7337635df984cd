"""How a module of Hugging Face evaluate is loaded and fed."""
