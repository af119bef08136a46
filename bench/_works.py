"""A register as large as a province's largest, for registers_read.py: works that an agency inspects, with an owner
each, searched in every way that there is, and with four views. Its rows are made in the database, not entered: straight
into the tables of the register and of its versions, while indexes and keys wait; how fast entering is,
registers_write.py and registers_import.py say.

Who belongs to which commune, and when what is due, is spread at random over the table: the worst that pages can meet.
"""

from pathlib import Path

REGISTER, OWNERS = "yard.works", "yard.owners"
PACK = "pack: yard\nversion: 0.1.0\nname: {vi: Sân thử, en: Yard}\nsummary: {vi: Để đo, en: To measure}\n"
OWNERS_YAML = """\
register: owners
name: {vi: Chủ công trình, en: Owners}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: title, type: text, label: {vi: Tên, en: Name}, max: 100, class: open}
key: [code]
display: "{code} – {title}"
"""
WORKS_YAML = """\
register: works
name: {vi: Công trình, en: Works}
unit: commune
map: site
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: title, type: text, label: {vi: Tên, en: Name}, max: 200, class: open}
  - {name: commune, type: unit, label: {vi: Xã, en: Commune}, class: open}
  - {name: owner, type: reference, label: {vi: Chủ, en: Owner}, to: yard.owners}
  - {name: keeper, type: text, label: {vi: Người trông, en: Keeper}, max: 100}
  - {name: licence, type: text, label: {vi: Giấy phép, en: Licence}, max: 20, optional: true}
  - name: kind
    type: choice
    label: {vi: Loại, en: Kind}
    choices:
      - {value: farm, label: {vi: Trại, en: Farm}}
      - {value: pond, label: {vi: Ao, en: Pond}}
      - {value: shop, label: {vi: Cửa hàng, en: Shop}}
      - {value: kiln, label: {vi: Lò, en: Kiln}}
  - name: status
    type: choice
    label: {vi: Trạng thái, en: Status}
    choices:
      - {value: active, label: {vi: Hoạt động, en: Active}}
      - {value: suspended, label: {vi: Tạm dừng, en: Suspended}}
      - {value: closed, label: {vi: Đã đóng, en: Closed}}
  - {name: inspected_on, type: date, label: {vi: Kiểm tra ngày, en: Inspected on}, optional: true}
  - {name: expires_on, type: date, label: {vi: Hết hạn ngày, en: Expires on}}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 1, optional: true}
  - {name: heads, type: integer, label: {vi: Số con, en: Heads}, min: 0}
  - {name: price, type: money, label: {vi: Giá trị, en: Worth}, optional: true}
  - {name: irrigated, type: boolean, label: {vi: Có tưới, en: Irrigated}, optional: true}
  - {name: site, type: geometry, label: {vi: Vị trí, en: Place}, shape: point, optional: true}
key: [code]
search:
  {code: exact, title: fulltext, keeper: contains, licence: prefix, kind: exact, inspected_on: exact, heads: exact}
display: "{code} – {title}"
views:
  - name: to-inspect
    label: {vi: Quá một năm chưa kiểm tra, en: Not inspected for a year}
    where: {status: active, inspected_on__lt: today-365}
    order: inspected_on
  - name: expiring
    label: {vi: Hết hạn trong 30 ngày, en: Expire within 30 days}
    where: {expires_on__between: [today, today+30]}
    order: expires_on
  - {name: stopped, label: {vi: Không hoạt động, en: Not active}, where: {status__ne: active}}
  - name: unlicensed
    label: {vi: Lớn mà chưa có phép, en: Large without a licence}
    where: {licence__empty: true, heads__ge: 500}
    order: -heads
"""
FIRST_NAMES = """
An Ánh Anh Anh Anh Anh Bắc Bách Bảo Bích Bình Bình Cảnh Chi Chiến Chung Công Cúc Cường Cường Đại Dân Đạt Diễm Điệp
Dung Dung Dũng Dũng Dũng Dương Duy Đức Đức Gấm Giang Giang Hà Hà Hà Hải Hải Hân Hằng Hạnh Hạnh Hào Hiền Hiền Hiếu
Hoa Hoa Hòa Hoài Hoàn Hoàng Hồng Hồng Huệ Hùng Hùng Hùng Huy Huyền Hương Hương Hương Khánh Khoa Kiên Kiều Lam Lan
Lan Lâm Liên Linh Linh Linh Loan Lộc Long Long Lụa Lực Ly Mai Mai Mạnh Mến Minh Minh Minh My Nam Nam Nga Nga Ngân
Nghĩa Ngọc Ngọc Nguyên Nguyệt Nhàn Nhân Nhung Ninh Oanh Phong Phúc Phương Phương Phượng Quân Quang Quế Quý Quyên
Quyết Sáng Sen Sinh Sơn Sơn Tài Tâm Tân Thắm Thắng Thắng Thanh Thanh Thành Thảo Thảo Thắm Thi Thiện Thịnh Thơ Thoa
Thu Thu Thủy Thủy Thúy Thương Tiến Tiến Tình Toàn Trà Trang Trang Trí Trinh Trọng Trung Trung Trường Tú Tuấn Tuấn
Tuấn Tùng Tùng Tươi Tuyết Uyên Vân Vân Việt Vinh Vượng Xuân Yến Yến"""
FAMILIES = """
Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Lê Phạm Phạm Hoàng Vũ Vũ Đặng Bùi Đỗ Ngô Dương Lý Đào Đinh
Đoàn Lương Mai Tô Trịnh Hà Cao"""
MIDDLES = """
Văn Văn Văn Văn Thị Thị Thị Thị Thị Đức Hữu Minh Ngọc Thanh Quang Xuân Đình Bá Hồng Thu Kim Duy Quốc Công Tiến Mạnh
Trọng Anh Hoàng Gia"""
PLACES = """
Đông Đoài Thượng Hạ Trung Bắc Nam Tiền Hậu Nội Ngoại Trại Cầu Chợ Đình Bến Bãi Bồng Châu Cổ Dục Duyên Giai Hòe Khê
Lạc La Mộ Nghĩa Nhuế Phú Quan Sài Thái Thụy Tiên Trà Trực Từ Vân Vị Xá Xuân Yên Đồng Đào Lưu Lễ Mỹ Ngọc An Bái Cao
Diêm Gạo Hưng Kênh Lương Phương Quang"""
KINDS = {"farm": "Trang trại", "pond": "Ao cá", "shop": "Cửa hàng", "kiln": "Lò gạch"}


def apply(var: Path) -> None:
    """The two registers, empty, on today's map."""
    from django.core.management import call_command

    from tinhso.kernel import packs
    from tinhso.kernel.actor import system

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    folder = var / "yard"
    (folder / "registers").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    (folder / "registers" / "owners.yaml").write_text(OWNERS_YAML)
    (folder / "registers" / "works.yaml").write_text(WORKS_YAML)
    packs.apply(system("bench"), packs.read([folder]))


def communes() -> list[str]:
    """The codes of today's communes, over which the rows are spread."""
    from tinhso.territory import queries as territory

    return sorted(unit.code for unit in territory.descendants("33") if unit.is_commune)


def fill(rows: int, step: int = 250_000) -> None:
    """`rows` works, each with its version, of a twentieth as many owners."""
    from django.db import connection

    from tinhso.registers.shape import shape

    works, owners = shape(REGISTER), shape(OWNERS)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys between the tables hold by how rows are made
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SELECT indexdef, indexname FROM pg_indexes WHERE tablename = %s AND indexname <> %s",
                       [works.name, f"{works.name}_pkey"])  # fmt: skip
        indexes = cursor.fetchall()
        for _made, name in indexes:
            cursor.execute(f"DROP INDEX reg.{name}")
        cursor.execute(
            f"INSERT INTO {owners.table} (id, revision, valid_from, unit, unit_on, code, title)"
            f" SELECT {_id('0198', 'n')}, 1, '2025-08-01', '33', '2025-08-01', 'C' || n, 'Hợp tác xã số ' || n"
            f" FROM generate_series(0, {max(1, rows // 20)}) n"
        )
        for first in range(1, rows + 1, step):
            cursor.execute(_works(works.table, first, min(rows, first + step - 1), max(1, rows // 20)))
            cursor.execute(_versions(works.table, works.version, first, min(rows, first + step - 1)))
        for made, _name in indexes:
            cursor.execute(made)
        cursor.execute("RESET session_replication_role")
        cursor.execute(f"VACUUM (ANALYZE) {works.table}")
        cursor.execute(f"VACUUM (ANALYZE) {owners.table}")
        cursor.execute("VACUUM (ANALYZE) record_version")


def _id(head: str, number: str) -> str:
    return f"('{head}0000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def _dice(salt: int, sides: int) -> str:
    """SQL of a number below `sides` that depends on n alone."""
    return f"(hashint8extended(n, {salt}) & 2147483647) % {sides}"


def _one(words: str, salt: int) -> str:
    found = words.split()
    return f"(ARRAY{found})[1 + {_dice(salt, len(found))}]"


def _works(table: str, first: int, last: int, owners: int) -> str:
    kind = f"(ARRAY['farm', 'farm', 'farm', 'pond', 'pond', 'shop', 'shop', 'shop', 'kiln'])[1 + {_dice(1, 9)}]"
    words = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in KINDS.items())
    here = communes()
    return f"""
        INSERT INTO {table} (id, revision, valid_from, unit, unit_on, code, title, commune, owner, keeper, licence,
            kind, status, inspected_on, expires_on, area, heads, price, irrigated, site)
        SELECT {_id("0199", "n")}, 1, '2025-08-01', c, '2025-08-01', 'W' || n,
            CASE kind {words} END || ' ' || first_name || ' thôn ' || place || ' ' || {_dice(2, 60)} || ' số ' || n,
            c, owner, family || ' ' || middle || ' ' || first_name,
            CASE WHEN {_dice(3, 5)} > 0 THEN 'GP' || lpad(({_dice(4, 90_000_000)})::text, 8, '0') END, kind,
            (ARRAY['suspended', 'closed', 'active'])[least(3, 1 + {_dice(5, 20)})],
            CASE WHEN {_dice(6, 10)} > 0 THEN current_date - ({_dice(7, 1500)})::integer END,
            current_date - 400 + ({_dice(8, 2200)})::integer, {_dice(9, 90_000)} / 10.0, {_dice(10, 1_000)},
            ({_dice(11, 9_000)}) * 1000000, {_dice(12, 3)} = 0,
            ST_SetSRID(ST_MakePoint(105.9 + {_dice(13, 800_000)} / 1e6, 20.3 + {_dice(14, 700_000)} / 1e6), 4326)
        FROM (SELECT n, (ARRAY{here})[1 + {_dice(15, len(here))}] AS c, {kind} AS kind,
                {_one(FIRST_NAMES, 16)} AS first_name, {_one(FAMILIES, 17)} AS family, {_one(MIDDLES, 18)} AS middle,
                {_one(PLACES, 19)} AS place, {_id("0198", _dice(20, owners))} AS owner
            FROM generate_series({first}, {last}) n) made"""


def _versions(table: str, definition: int, first: int, last: int) -> str:
    return f"""
        INSERT INTO record_version (record, revision, register, definition, change, values, valid, actor, why)
        SELECT t.id, 1, '{REGISTER}', {definition}, 'create', jsonb_strip_nulls(jsonb_build_object('code', code,
            'title', title, 'commune', commune, 'owner', owner, 'keeper', keeper, 'licence', licence, 'kind', kind,
            'status', status, 'inspected_on', inspected_on, 'expires_on', expires_on, 'area', area, 'heads', heads,
            'price', price, 'irrigated', irrigated)), daterange(valid_from, NULL), '{{"system": "bench"}}', 'bench'
        FROM {table} t WHERE t.id BETWEEN {_id("0199", str(first))} AND {_id("0199", str(last))}"""
