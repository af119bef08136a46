"""Make the tabular figures: Be Vietnam Pro (SIL OFL 1.1) has no `tnum`, so columns of numbers would not line up.

Keeps digits, gives each the same advance and centres it. Run once when the font's version changes:
    uv run --no-project --with fonttools --with brotli python fonts/figures.py
"""

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SOURCE = HERE.parent / "node_modules/@fontsource/be-vietnam-pro/files"

for weight in (400, 600, 700):
    font = TTFont(SOURCE / f"be-vietnam-pro-latin-{weight}-normal.woff")
    options = Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14], flavor="woff2")
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=range(0x30, 0x3A))
    subsetter.subset(font)
    names = [font.getBestCmap()[code] for code in range(0x30, 0x3A)]
    widths = sorted(font["hmtx"][name][0] for name in names)
    advance = widths[len(widths) // 2]  # the median: the 0 gives up a little air, the 1 gains
    for name in names:
        glyph = font["glyf"][name]
        shift = round((advance - (glyph.xMax - glyph.xMin)) / 2) - glyph.xMin
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (advance, glyph.xMin)
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = "TinhSoFigures"
    font.flavor = "woff2"
    font.save(HERE / f"figures-{weight}.woff2")
