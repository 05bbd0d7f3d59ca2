"""HTTP: the bridge API and the OnexTree service, as FastAPI applications."""
