"""Copy the front-end files from node_modules to cryptohub/static/vendor and draw the icon sprite.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "cryptohub" / "static" / "vendor"

FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "sortable.js": "sortablejs/Sortable.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}

ICONS = """
activity alert-triangle api arrow-down arrow-up bell bell-off bell-ringing check chevron-down chevron-right chevron-up
circle-check circle-x clock currency-bitcoin database device-desktop dots-vertical edit external-link eye filter
grip-vertical heartbeat help history home inbox info-circle key list lock login logout mail mail-opened menu-2 minus
moon pencil player-pause player-play plug-connected-x plus refresh route search server settings shield-check star
star-off sun sun-moon table trash trending-down trending-up user user-plus wallet world x
""".split()

_SOURCE_MAP = re.compile(r"\n?/[/*]# sourceMappingURL=[^\n*]*(\*/)?\s*$")
_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def main() -> int:
    """Copy the files and write the sprite; return the exit code."""
    missing = [source for source in FILES.values() if not (MODULES / source).is_file()]
    if missing:
        sys.stderr.write(f"assets: {MODULES / missing[0]} is missing; run npm ci first\n")
        return 1
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        (VENDOR / name).write_bytes(_servable(MODULES / source))
    (VENDOR / "icons.svg").write_text(sprite(), encoding="utf-8")
    return 0


def _servable(file: Path) -> bytes:
    """Return the file without the reference to a source map, which is not served."""
    if file.suffix not in {".css", ".js"}:
        return file.read_bytes()
    return _SOURCE_MAP.sub("\n", file.read_text(encoding="utf-8")).encode()


def sprite() -> str:
    """Return one SVG with a symbol per icon, for the `icon` template tag. Raises ValueError if one is empty."""
    symbols = "".join(_symbol(name) for name in ICONS)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def _symbol(name: str) -> str:
    svg = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
    match = _SVG.search(svg)
    if match is None:
        raise ValueError(f"{name}.svg has no shapes")
    shapes = " ".join(match.group(1).split())
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


if __name__ == "__main__":
    raise SystemExit(main())
