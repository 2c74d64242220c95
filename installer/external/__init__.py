"""Services of one's own, instead of containers beside Dify: database, Redis, files, vector store."""
