"""The database folds as Python does, whichever way the letters of a text are put together."""

import unicodedata

import pytest
from django.db import connection

from tinhso.kernel.text import fold


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
@pytest.mark.parametrize("text", ["Nguyễn Thị Hường", "ĐẶNG QUỐC ƯỚC", "Ấp Bình Thuỷ 2/9", "ô-tô số 17", ""])
def test_the_database_folds_as_python_does(form: str, text: str) -> None:
    written = unicodedata.normalize(form, text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tinhso_fold(%s)", [written])
        assert cursor.fetchone() == (fold(text),)
