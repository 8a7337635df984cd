"""Applications that were built with a framework, asked as they are: LangChain, LlamaIndex."""
