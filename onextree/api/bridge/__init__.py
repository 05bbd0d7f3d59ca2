"""The bridge API: what is stored of projects, over HTTP."""
