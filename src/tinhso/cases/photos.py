"""Photographs of papers: several become one PDF, and what makes one hard to read is said. A warning, never a refusal:
who reads the paper decides."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import IO

import numpy as np
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from tinhso.kernel.errors import TooLarge, Unsupported

LOOKED_AT = 1_000
"""Pixels of the longer side on which sharpness is measured, so that a telephone's and a scanner's pictures compare."""
BLURRED, DARK, SMALL = 60.0, 70.0, 700
"""The variance of the Laplacian below which print is blurred (Pech-Pacheco 2000, at this size, on photographs of
typed A4 sheets), the mean brightness (0–255) below which it is dark, the pixels of the shorter side of a page whose
print can be read."""
PAGE_PIXELS, DOTS_AN_INCH = 2_400, 200
MOST_PHOTOS = 20
MOST_PIXELS = 120_000_000
"""Above what a telephone takes; a picture that only says that it is larger is not unpacked."""

FAULTS = {
    "blurred": _("Ảnh có vẻ bị mờ."),
    "dark": _("Ảnh hơi tối."),
    "small": _("Ảnh quá nhỏ, chữ có thể khó đọc."),
}


def faults(source: IO[bytes]) -> list[str]:
    """What makes the picture hard to read: keys of FAULTS. [] for what is no picture; the stream is rewound."""
    try:
        with Image.open(source) as image:
            image.draft("L", (LOOKED_AT, LOOKED_AT))
            small = min(image.size if image.format != "JPEG" else _whole(source)) < SMALL
            grey = image.convert("L")
    except (OSError, ValueError, Image.DecompressionBombError):
        return []
    finally:
        source.seek(0)
    grey.thumbnail((LOOKED_AT, LOOKED_AT))
    values = np.asarray(grey, dtype=np.float64)
    found = {"small": small, "dark": bool(values.mean() < DARK), "blurred": sharpness(values) < BLURRED}
    return [key for key in FAULTS if found[key]]


def _whole(source: IO[bytes]) -> tuple[int, int]:
    source.seek(0)
    with Image.open(source) as image:
        return image.size


def sharpness(grey: np.ndarray) -> float:
    """The variance of the Laplacian of grey values: edges of print raise it, blur lowers it."""
    if min(grey.shape) < 3:
        return 0.0
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(edges.var())


def one_pdf(sources: Sequence[IO[bytes]]) -> BytesIO:
    """The pictures as one PDF, upright, a page each, without the place and device that cameras write into them.
    Raises Unsupported where one cannot be read, TooLarge where it has more than MOST_PIXELS."""
    pages = list(_pages(sources))
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DOTS_AN_INCH, quality=85)
    out.seek(0)
    return out


def _pages(sources: Iterable[IO[bytes]]) -> Iterable[Image.Image]:
    for source in sources:
        try:
            with Image.open(source) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                page = ImageOps.exif_transpose(image).convert("RGB")
        except Image.DecompressionBombError:
            raise TooLarge(_("Ảnh quá lớn. Xin chụp lại ở chất lượng thường.")) from None
        except (OSError, SyntaxError, ValueError):
            raise Unsupported(
                _("Nhiều trang thì mỗi trang là một ảnh. Tệp PDF đã có sẵn các trang: xin chọn riêng một tệp PDF.")
            ) from None
        page.thumbnail((PAGE_PIXELS, PAGE_PIXELS))
        yield page
