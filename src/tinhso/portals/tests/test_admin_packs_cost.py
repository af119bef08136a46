"""What the page of packs costs: the folders are looked at each time it is opened, and read once."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tinhso.identity import services as people
from tinhso.kernel.packs import texts
from tinhso.territory import services as territory

from . import citizen_site as site
from .test_admin import officer

MOST_QUERIES = 40
"""Of the list of packs, however many registers they declare."""


@pytest.fixture
def admin(db: None) -> Client:
    territory.load_facts(site.SYSTEM)
    people.load_agencies(site.SYSTEM)
    return officer("admin")


@pytest.mark.parametrize("address", ["/admin/goi", "/admin/goi/ke-hoach"])
def test_a_second_opening_reads_no_text_and_judges_no_condition_again(admin: Client, address: str) -> None:
    """Hundreds of conditions are declared in the packs that are here; each is put to PostgreSQL once."""
    assert admin.get(address).status_code == 200
    read = texts.read.cache_info().misses
    with CaptureQueriesContext(connection) as seen:
        assert admin.get(address).status_code == 200
    assert texts.read.cache_info().misses == read
    assert not [query["sql"] for query in seen if query["sql"].startswith("EXPLAIN")]
    assert address != "/admin/goi" or len(seen) < MOST_QUERIES
