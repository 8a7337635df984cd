"""The engine in this process: llama.cpp for generation, numpy for ranking."""
