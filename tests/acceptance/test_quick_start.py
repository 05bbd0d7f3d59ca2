"""The specification's commands (sections 8 and 12), run as printed, but for places."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store import migrate
from tests.api_servers import Served, served
from tests.repositories import ENVIRONMENT, Repository

# What the commands name that is of the machine they were written on.
ADDRESS = "localhost:8053"
ROOT = "/Volumes/PRO-G40/Code/omninode_bridge"

GENERATE = r"""curl -X POST http://localhost:8053/tree/generate \
  -H "Content-Type: application/json" \
  -d '{
    "project_id": "omninode_bridge",
    "project_root": "/Volumes/PRO-G40/Code/omninode_bridge",
    "trigger_type": "manual",
    "correlation_id": "'"$(uuidgen)"'"
  }'"""
GET = "curl http://localhost:8053/tree/omninode_bridge"
ENRICH = r"""curl -X POST http://localhost:8053/tree/omninode_bridge/enrich \
  -H "Content-Type: application/json" \
  -d '{"pattern_sources": ["archon"]}'"""
MONITOR = "curl http://localhost:8053/metrics | grep onextree_circuit"

HOOK = r"""#!/bin/bash
# .git/hooks/post-commit

# Get list of changed files
CHANGED_FILES=$(git diff-tree --no-commit-id --name-only -r HEAD)

# Get project root
PROJECT_ROOT=$(git rev-parse --show-toplevel)

# Publish Kafka event for incremental update
curl -X POST http://localhost:8053/tree/incremental-update \
  -H "Content-Type: application/json" \
  -d "{
    \"project_root\": \"$PROJECT_ROOT\",
    \"modified_files\": $(echo $CHANGED_FILES | jq -R -s -c 'split(\"\n\")'),
    \"trigger_type\": \"git_commit\"
  }"
"""
