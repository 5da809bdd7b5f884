"""How Sphinx builds the documentation site; `make docs` runs it with warnings as errors."""

from __future__ import annotations

import re
from pathlib import Path

_CARGO = (Path(__file__).resolve().parents[1] / "Cargo.toml").read_text()
_VERSION = re.search(r'^version = "(.+?)"', _CARGO, re.MULTILINE)

project = "Relyant"
author = "the Relyant authors"
project_copyright = author
release = _VERSION.group(1) if _VERSION else ""

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["attrs_block", "colon_fence", "deflist"]
# Headings down to this level can be linked to, by the names that GitHub gives them.
myst_heading_anchors = 3
exclude_patterns = ["_build", "llms.txt"]
nitpicky = True
# A message is found by the very characters that it has elsewhere.
smartquotes = False

# What is copied from a terminal is what was typed, without the prompt.
copybutton_prompt_text = "$ "

html_theme = "furo"
html_title = "Relyant"
html_static_path = ["_static"]
html_css_files = ["relyant.css"]
html_extra_path = ["llms.txt"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
