"""Linked procedures as one application: asked once, a case for each part, each agency sees its own."""

from pathlib import Path

import pytest

from tinhso.cases import queries, services
from tinhso.cases.models import Application, ApplicationPart, Case, Draft, Paper
from tinhso.documents.testing import trust_running
from tinhso.identity.models import Agency
from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid, NotFound

from .conftest import MANIFEST, PACKS, PROCEDURE, SYSTEM, agrees, do, filled, open_task
from .office import VALID, department, officer
from .test_civil_status import BIRTH

BUNDLE = "linked.child-under-six"
RAW = {**BIRTH, "head_name": "Nguyễn Văn Đức", "hospital": "Trạm y tế phường Thái Bình"}
GROUND = {"note": "Đã đăng ký", "ground": "Điều 16 Luật Hộ tịch"}


@pytest.fixture(scope="module")
def trust():
    with trust_running() as root:
        yield root


@pytest.fixture
def three(commune, mother):
    """The packs, the police of the commune and the insurance of the province."""
    wanted = ("one-stop", "post", "civil-status", "population", "social", "linked")
    packs.apply(SYSTEM, packs.read([PACKS / name for name in wanted]))
    post = Agency.objects.create(
        code="H31.15.1", name="Công an phường Thái Bình", kind="police", level="commune", unit="13225", valid=VALID
    )
    police = officer(post, "residence", "residence", name="Ông Công")
    chief = officer(post, "police-chief", "police-chief", name="Ông Trưởng")
    insurance = department("H31.20", "Bảo hiểm xã hội tỉnh Hưng Yên")
    return {
        "residence": police, "police-chief": chief, "social": officer(insurance, "social", "social", name="Bà Hiểm"),
        "chair": officer(insurance, "chair", "chair", name="Ông Giám đốc"),
    }  # fmt: skip


@pytest.fixture
def applied(three, mother) -> Application:
    services.submit(mother, filled(mother, BUNDLE, RAW, "birth_notification"))
    return Application.objects.get()


def case_of(application: Application, key: str):
    return queries.case_ref(SYSTEM, Case.objects.get(pk=part(application, key).case).code)


def part(application: Application, key: str) -> ApplicationPart:
    return ApplicationPart.objects.get(application=application, key=key)


def register_the_birth(commune, application: Application) -> None:
    birth = case_of(application, "birth")
    for outcome in ("done", "done", "approve"):
        do(commune, birth, outcome)
    services.finish_signing(open_task(birth.id).pk)
    for _twice in range(2):
        services.carry_on(birth.id)


def test_each_thing_is_asked_once_and_what_another_part_gives_not_at_all(three, mother) -> None:
    draft = services.start_draft(mother, BUNDLE)
    assert sorted(draft.typed) == sorted(RAW)
    assert [paper.name for paper in draft.papers] == ["birth_notification"]
    with pytest.raises(Invalid) as problem:
        services.submit(mother, draft.id, BIRTH)
    assert {"head_name", "hospital", "papers.birth_notification"} <= set(problem.value.errors)
    assert not Case.objects.exists() and Draft.objects.get().raw["child_name"] == "Nguyễn Bảo An"


def test_it_is_found_like_a_procedure_by_words_and_by_life_event(three) -> None:
    assert BUNDLE in {one.name for one in queries.procedures(search="lien thong khai sinh")}
    assert BUNDLE in {one.name for one in queries.procedures(life_event="birth")}
    assert queries.procedure(BUNDLE).definition.deadline.working_hours == 8 + 32


def test_a_birth_starts_residence_and_card_each_at_its_agency_with_the_signed_certificate(
    applied, commune, three, mother, trust: Path
) -> None:
    assert Case.objects.count() == 1
    before = queries.application(mother, applied.pk)
    assert before.code == f"LT.{case_of(applied, 'birth').code}"
    assert [one.case is None for one in before.parts] == [False, True, True]
    register_the_birth(commune, applied)
    home, card = case_of(applied, "residence"), case_of(applied, "health-card")
    assert Case.objects.count() == 3
    assert Case.objects.get(pk=home.id).holder_id == three["residence"].agency
    insured = Case.objects.get(pk=card.id)
    assert insured.holder_id == three["social"].agency and insured.form["child_name"] == "Nguyễn Bảo An"
    assert insured.submitted_at > Case.objects.get(pk=case_of(applied, "birth").id).submitted_at
    given = Paper.objects.get(case=card.id, name="birth_certificate")
    assert str(given.document) == Case.objects.get(pk=case_of(applied, "birth").id).results["result"]
    for case, roles in ((home, ("residence", "residence", "police-chief")), (card, ("social", "social", "chair"))):
        for role, outcome in zip(roles, ("done", "done", "approve"), strict=True):
            services.complete(three[role], open_task(case.id).pk, outcome)
        services.finish_signing(open_task(case.id).pk)
        services.carry_on(case.id)
        agrees(case.id)
    after = queries.application(mother, applied.pk)
    assert len({one.agency for one in after.parts}) == 3
    assert {one.status_code for one in after.parts} == {10} and all(one.ended for one in after.parts)
    assert set(ApplicationPart.objects.values_list("state", flat=True)) == {"done"}


def test_a_refused_birth_ends_what_depends_on_it_and_the_applicant_reads_why(applied, commune, mother) -> None:
    birth = case_of(applied, "birth")
    do(commune, birth)
    do(commune, birth, "refuse", **GROUND)
    services.carry_on(birth.id)
    first, *others = queries.application(mother, applied.pk).parts
    assert first.ended and all(one.ended and "Đăng ký khai sinh" in one.why for one in others)
    assert Case.objects.count() == 1
    services.reopen(commune.at("chair"), birth.id, "Xét lại")
    assert part(applied, "residence").state == "ended"


def test_a_birth_refused_by_mistake_and_registered_after_all_starts_the_others(applied, commune, trust: Path) -> None:
    birth = case_of(applied, "birth")
    do(commune, birth)
    do(commune, birth, "refuse", **GROUND)
    services.carry_on(birth.id)
    services.reopen(commune.at("chair"), birth.id, "Xét lại")
    for outcome in ("done", "approve"):
        do(commune, birth, outcome)
    services.finish_signing(open_task(birth.id).pk)
    services.carry_on(birth.id)
    assert Case.objects.count() == 3 and part(applied, "residence").state == "running"


def test_a_refused_residence_leaves_the_card_alone(applied, commune, three, mother, trust: Path) -> None:
    register_the_birth(commune, applied)
    home = case_of(applied, "residence")
    services.complete(three["residence"], open_task(home.id).pk, "done")
    services.complete(three["residence"], open_task(home.id).pk, "refuse", **GROUND)
    services.carry_on(home.id)
    assert [part(applied, key).state for key in ("birth", "residence", "health-card")] == ["done", "ended", "running"]


def test_an_agency_reads_of_the_other_parts_only_name_agency_state_and_due_time(
    applied, commune, three, mother, neighbour, trust: Path
) -> None:
    register_the_birth(commune, applied)
    birth, card = case_of(applied, "birth"), case_of(applied, "health-card")
    seen = queries.application_of(three["social"], card.id)
    assert seen and seen.parts[0].title == "Đăng ký khai sinh"
    assert {(one.case, one.code) for one in seen.parts} == {(None, "")}
    assert [one.here for one in seen.parts] == [False, False, True]
    with pytest.raises(NotFound):
        queries.case(three["social"], birth.id)
    with pytest.raises(NotFound):
        queries.paper(three["social"], birth.id, "birth_notification")
    with pytest.raises(NotFound):
        queries.application(three["social"], applied.pk)
    with pytest.raises(NotFound):
        queries.application_of(neighbour.at("chair"), birth.id)
    own = queries.application_of(mother, birth.id)
    assert own and all(one.case for one in own.parts)


def test_sent_twice_it_is_one_application(three, mother) -> None:
    draft = filled(mother, BUNDLE, RAW, "birth_notification")
    assert services.submit(mother, draft) == services.submit(mother, draft)
    assert Application.objects.count() == 1 and ApplicationPart.objects.count() == 3


TWO = """\
bundle: both
code: "2.000001"
name: {vi: Cả hai, en: Both}
summary: {vi: Thử, en: Trial}
sector: {vi: Thử, en: Trials}
parts:
  - {procedure: trial.permit, part: one, after: [ONE]}
  - {procedure: trial.PROCEDURE, part: two, after: [one], values: {FIELD: SOURCE}}
legal_basis: [Quy định thử]
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"PROCEDURE": "nothing"}, "no procedure 'trial.nothing'"),
        ({"FIELD": "nothing"}, "no field 'nothing'"),
        ({"SOURCE": "one.form.nothing"}, "no such field"),
        ({"SOURCE": "one.form.opens_on"}, "of type date"),
        ({"SOURCE": "one.record"}, "makes a record"),
        ({"[ONE]": "[two]"}, "wait for one another"),
        ({}, "stands in another part too"),
    ],
)
def test_what_leads_nowhere_is_named(commune, tmp_path: Path, words: dict[str, str], said: str) -> None:
    folder = tmp_path / "trial"
    for name in ("procedures", "bundles"):
        (folder / name).mkdir(parents=True)
    (folder / "pack.yaml").write_text(MANIFEST)
    (folder / "procedures" / "permit.yaml").write_text(PROCEDURE)
    second = PROCEDURE.replace("procedure: permit", "procedure: second").replace("1.000001", "1.000002")
    (folder / "procedures" / "second.yaml").write_text(second)
    text = TWO
    for word, default in (("[ONE]", "[]"), ("PROCEDURE", "second"), ("FIELD", "stall"), ("SOURCE", "one.form.stall")):
        text = text.replace(word, words.get(word, default))
    (folder / "bundles" / "both.yaml").write_text(text)
    with pytest.raises(Invalid) as problem:
        packs.apply(SYSTEM, packs.read([folder]))
    assert said in str(problem.value.errors)
