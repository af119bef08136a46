"""Several pages that were scanned or photographed one by one, as one paper."""

from collections.abc import Sequence
from io import BytesIO
from typing import IO, BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from tinhso.kernel.errors import Invalid, TooLarge

MOST_PAGES = 40
MAX_PIXELS = 120_000_000
LONGEST = 3_508
"""Pixels of the long side of a page: A4 at 300 dots an inch; what is larger is read no better."""


def one_pdf(pages: Sequence[BinaryIO | IO[bytes]]) -> BinaryIO | IO[bytes]:
    """One file of `pages` in their order: a single one as it is, several images as a PDF with a page each, upright and
    without what the camera wrote into them (place, device).

    Raises Invalid where one of several is no image (a PDF holds its pages already), TooLarge above MOST_PAGES.
    """
    if len(pages) == 1:
        return pages[0]
    if len(pages) > MOST_PAGES:
        raise TooLarge(
            _("Mỗi giấy tờ được tối đa {count} trang ảnh. Xin quét thành một tệp PDF.").format(count=MOST_PAGES)
        )
    made = [_page(page) for page in pages]
    if not made:
        raise Invalid(_("Xin chọn ít nhất một trang"))
    out = BytesIO()
    made[0].save(out, "PDF", save_all=True, append_images=made[1:], resolution=300.0, quality=85)
    out.seek(0)
    return out


def _page(file: BinaryIO | IO[bytes]) -> Image.Image:
    try:
        with Image.open(file) as image:
            if image.width * image.height > MAX_PIXELS:
                raise TooLarge(_("Ảnh quá lớn. Xin chụp lại ở chất lượng thường."))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Image.DecompressionBombError:
        raise TooLarge(_("Ảnh quá lớn. Xin chụp lại ở chất lượng thường.")) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Invalid(
            _("Nhiều trang thì mỗi trang là một ảnh. Tệp PDF đã có sẵn các trang: xin chọn riêng một tệp PDF.")
        ) from None
    upright.thumbnail((LONGEST, LONGEST))
    return upright
