"""What each command of the Makefile does."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from . import install
from .cluster import Cluster
from .places import GB, PYTHON, ROOT, VENV, Stamp, files, make_folder, require_space, var
from .service import Service
from .supervisor import Stopped, Supervisor, answers, only_one, require_port, who_runs
from .terminal import Failed, Trouble, plain, run, say, step

TINHSO = [PYTHON, "-m", "tinhso"]


def environment(database: str, home: Path) -> dict[str, str]:
    """The environment of our own processes: this checkout, the database at this URL, this `var`."""
    return os.environ | {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUNBUFFERED": "1",
        "LC_ALL": "C.UTF-8",
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.embedded",
        "DATABASE_URL": database,
        "TINHSO_VAR": str(home),
    }


def _room(home: Path) -> None:
    """A first start writes about 2 GB (packages, database); a later one only what is new."""
    first = not PYTHON.exists() or not (home / "postgres").exists()
    require_space(home, 2 * GB if first else GB // 4)
    require_space(ROOT, 2 * GB if first else GB // 4)


# -- run ---------------------------------------------------------------------------------------------------------


def run_all() -> None:
    """`make run`: everything, until Ctrl-C."""
    home = make_folder(var())
    port = _number("TINHSO_PORT", 8000)
    ports = {
        "TINHSO_PORT": port,
        "TINHSO_NATIONAL_ID_PORT": _number("TINHSO_NATIONAL_ID_PORT", port + 1),
        "TINHSO_TRUST_PORT": _number("TINHSO_TRUST_PORT", port + 2),
        "TINHSO_BANK_PORT": _number("TINHSO_BANK_PORT", port + 3),
    }
    listen = os.environ.get("TINHSO_LISTEN") or "127.0.0.1"
    address = os.environ.get("TINHSO_BASE_URL") or f"http://localhost:{port}"
    with only_one(home, address):
        for name, number in ports.items():
            require_port(listen, number, name)
        _room(home)
        cluster = Cluster(home)
        with Supervisor() as supervisor:
            install.everything(home / "log", postgresql=cluster.version)
            _start_database(supervisor, cluster)
            env = environment(cluster.url(), home) | {name: str(number) for name, number in ports.items()}
            prepare_database(cluster, home, env)
            services = processes(home, env, listen)
            with step("web"):
                supervisor.start(services["web"])
                supervisor.wait_for(services["web"], lambda: answers(port))
            say(f"the pages are up: {address}")
            supervisor.start(services["trust"])
            load_demonstration(cluster, home, env)
            supervisor.start(services["national-id"])
            if _demonstration():
                supervisor.start(services["bank"])
            signing_in = _sign_ins(home, env)
            supervisor.wait_for(services["national-id"], lambda: answers(ports["TINHSO_NATIONAL_ID_PORT"]))
            supervisor.start(services["worker"])
            _welcome(address, signing_in())
            say(f"ready; logs are in {home / 'log'}; Ctrl-C stops all")
            supervisor.watch()


def processes(home: Path, env: dict[str, str], listen: str) -> dict[str, Service]:
    """Our own processes by name (docs/architecture.md, "Processes")."""

    def granian(port: str, workers: int) -> list[str | Path]:
        return [
            *(PYTHON, "-m", "granian", "--interface", "asginl", "--host", listen, "--port", env[port]),
            *("--workers", str(workers), "--respawn-failed-workers", "--workers-kill-timeout", "5"),
            *("--no-ws", "--log-level", "warning", "tinhso.project.asgi:application"),
        ]

    make_folder(home / "static")  # WhiteNoise looks there, and warns when it is not there
    national_id = env | {"DJANGO_SETTINGS_MODULE": "tinhso.project.settings.national_id"}
    commands: dict[str, tuple[list[str | Path], dict[str, str]]] = {
        "web": (granian("TINHSO_PORT", min(2, os.cpu_count() or 1)), env),
        "trust": ([*TINHSO, "trust", "serve", "--port", env["TINHSO_TRUST_PORT"]], env),
        "bank": ([*TINHSO, "bank", "serve", "--port", env["TINHSO_BANK_PORT"], "--host", listen], env),
        "national-id": (granian("TINHSO_NATIONAL_ID_PORT", 1), national_id),
        "worker": ([*TINHSO, "procrastinate", "worker", "--concurrency", "4"], env),
    }
    return {
        name: Service(name, command, home / "log" / f"{name}.log", with_env, cwd=ROOT)
        for name, (command, with_env) in commands.items()
    }


def _start_database(supervisor: Supervisor, cluster: Cluster) -> None:
    cluster.prepare()
    service = cluster.service()
    supervisor.start(service)
    cluster.wait(service)
    cluster.create("tinhso")


def prepare_database(cluster: Cluster, home: Path, env: dict[str, str]) -> None:
    """Bring the database to this code and these packs, when they or our address are others than last time."""
    code = files(ROOT / "src", "*.py", "*.csv", "*.yaml", "*.json", without=["tests", "static", "embedded"])
    also = [cluster.identity, *(env.get(name, "") for name in ("TINHSO_PORT", "TINHSO_BASE_URL"))]
    stamp = Stamp(home / "stamps" / "database", [*code, *files(_packs(), "*")], *also)
    if not stamp.fresh():
        make_province(home, env)
        stamp.set()


def make_province(home: Path, env: dict[str, str]) -> None:
    """All in the database but people and cases. What is there already is brought to this code and these packs."""
    tinhso("tables", ["migrate", "--verbosity", "0"], home, env)
    tinhso("units of both maps", ["territory", "load"], home, env)
    tinhso("packs", ["pack", "apply"], home, env)
    tinhso("agencies", ["identity", "load"], home, env)


def load_demonstration(cluster: Cluster, home: Path, env: dict[str, str]) -> None:
    """The demonstration province, once in the life of a database."""
    stamp = Stamp(home / "stamps" / "demonstration", [], cluster.identity)
    if _demonstration() and not stamp.fresh():
        tinhso("demonstration province", ["demo", "load"], home, env)
        stamp.set()


def _demonstration() -> bool:
    """TINHSO_DEMO=no leaves the province empty and takes the mark off the pages."""
    return os.environ.get("TINHSO_DEMO", "yes") != "no"


def _sign_ins(home: Path, env: dict[str, str]) -> Callable[[], str]:
    """Begin to ask who may sign in; the answer, when called for, holds codes that are good for half a minute."""
    if not _demonstration():
        return lambda: ""
    log = home / "log" / "tinhso.log"
    pool = ThreadPoolExecutor(1)
    answer = pool.submit(run, [*TINHSO, "demo", "sign-ins"], log, env=env, cwd=ROOT)
    pool.shutdown(wait=False)

    def words() -> str:
        try:
            return answer.result() + "  Fresh codes: .venv/bin/tinhso demo sign-ins"
        except Failed as failed:
            return f"  who may sign in is not known: {failed.line()}; see {log}"

    return words


def tinhso(what: str, command: list[str], home: Path, env: dict[str, str]) -> None:
    """Run `tinhso COMMAND` and say how long `what` took. Raises Trouble with the reason when it fails."""
    log = home / "log" / "tinhso.log"
    try:
        with step(what):
            run([*TINHSO, *command], log, env=env, cwd=ROOT)
    except Failed as failed:
        raise Trouble(f"`tinhso {' '.join(command)}` failed: {failed.line()}; see {log}") from None


def _packs() -> Path:
    return Path(os.environ.get("TINHSO_PACKS") or ROOT / "packs")


def _welcome(address: str, sign_ins: str) -> None:
    pages = {"citizens": "/", "officers": "/desk", "leaders": "/ioc", "open data": "/data", "administration": "/admin"}
    lines = [f"  {what:15} {address}{path}" for what, path in pages.items()]
    plain("\n".join(["", *lines, "", *([sign_ins.rstrip(), ""] if sign_ins else [])]))


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit():
        raise Trouble(f"{name} must be a number, not {text!r}")
    return int(text)


def stop() -> None:
    """`make stop`: end the `make run` of this `var`, wherever it was started."""
    other = who_runs(var())
    if not isinstance(pid := other.get("pid"), int):
        say("nothing runs here")
        return
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise Trouble(f"process {pid} belongs to another user; stop it as that user") from None
    with step(f"stopping {other['address']}"):
        while who_runs(var()):
            time.sleep(0.1)


def prepare() -> None:
    """`make prepare`: everything installed and the database made, nothing left running."""
    home = make_folder(var())
    with only_one(home, "make prepare"):
        _room(home)
        cluster = Cluster(home)
        with Supervisor() as supervisor:
            install.everything(home / "log", postgresql=cluster.version)
            _start_database(supervisor, cluster)
            prepare_database(cluster, home, environment(cluster.url(), home))
        say("prepared")


# -- test, check, bench ------------------------------------------------------------------------------------------


@contextmanager
def proving_ground() -> Iterator[dict[str, str]]:
    """Everything that tests need: their requirements, and a cluster of their own under `var/test` that gives up safety
    for speed. Yields the environment to run them in."""
    home = make_folder(var() / "test")
    with only_one(home, "tests or checks"):
        _room(home)
        cluster = Cluster(home, lasting=False)
        with Supervisor() as supervisor:
            install.everything(home / "log", tests=True, postgresql=cluster.version)
            _start_database(supervisor, cluster)
            yield environment(cluster.url(), home)


def test(words: list[str]) -> int:
    """`make test`: the suite with the browser's journeys; words go to pytest."""
    with proving_ground() as env:  # two workers: the machine on which this has to pass has two cores
        return _tool(["pytest", "-n", "2", "--dist", "loadgroup", "--durations=15", *words], env)


def check() -> int:
    """`make check`: every wall and rule that needs no test. All of them run; the answer is at the end."""
    templates = [str(path.relative_to(ROOT)) for path in files(ROOT / "src", "*.html")]
    packs = [str(path.relative_to(ROOT)) for path in files(_packs(), "*.html")]
    walls: dict[str, list[str]] = {
        "style": ["ruff", "check", "."],
        "format": ["ruff", "format", "--check", "."],
        "types": ["basedpyright", "--level", "error"],
        "layers": ["lint-imports"],
        "templates": ["djade", "--check", "--target-version", "5.2", *templates, *packs],
        "packs": ["tinhso", "pack", "check"],
        "settings": ["tinhso", "check"],
        "migrations": ["tinhso", "makemigrations", "--check", "--dry-run"],
        "translations": ["python", str(ROOT / "tests/house/translations.py")],
        "front end": ["npm", "--prefix", str(install.FRONTEND), "run", "--silent", "check"],
    }
    with proving_ground() as env:
        tinhso("tables", ["migrate", "--verbosity", "0"], Path(env["TINHSO_VAR"]), env)
        failed: list[str] = []
        for name, command in walls.items():
            began = time.monotonic()
            done = subprocess.run(_in_venv(command), env=env, cwd=ROOT, capture_output=True, text=True, check=False)
            word = "ok" if done.returncode == 0 else "FAILED"
            say(f"{name}: {word} ({time.monotonic() - began:.1f} s)")
            if done.returncode:
                failed.append(name)
                plain(done.stdout + done.stderr)
    say(f"failed: {', '.join(failed)}" if failed else f"all {len(walls)} checks passed")
    return 1 if failed else 0


def bench() -> int:
    """`make bench`: each file of bench/, one after another, alone on the machine."""
    worst = 0
    with proving_ground() as env:
        for file in sorted((ROOT / "bench").glob("[!_]*.py")):
            say(file.stem)
            worst = max(worst, _tool(["python", str(file)], env))
    return worst


def build() -> int:
    """`make build`: the front end and a wheel in dist/."""
    home = make_folder(var())
    install.everything(home / "log")
    with step("wheel"):
        try:
            run(
                [PYTHON, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", ROOT / "dist", ROOT],
                home / "log/pip.log",
            )
        except Failed as failed:
            raise Trouble(f"pip could not build the wheel: {failed.line()}; see {home / 'log/pip.log'}") from None
    plain("\n".join(str(path.relative_to(ROOT)) for path in sorted((ROOT / "dist").glob("*.whl"))))
    return 0


def lock() -> None:
    """`make lock`: pin what requirements/*.in ask for, with hashes. What is pinned already stays unless it no longer
    fits; take its lines out of the .txt to let it rise."""
    home = make_folder(var())
    tools = home / "tools"
    log = make_folder(home / "log") / "pip.log"
    try:
        with step("requirements"):
            if not (tools / "bin/uv").exists():
                run([sys.executable, "-m", "venv", tools], log)
                run([tools / "bin/pip", "install", "--quiet", "uv"], log)
            compile_ = [tools / "bin/uv", "pip", "compile", "--generate-hashes", "--no-emit-index-url", "--no-header"]
            for name in ("base", "test"):
                words = ["--python-version", "3.11", "--output-file", f"{name}.txt", f"{name}.in"]
                run([*compile_, *words], log, cwd=ROOT / "requirements")
    except Failed as failed:
        raise Trouble(f"the requirements could not be pinned: {failed.line(r'error|×')}; see {log}") from None


def _in_venv(command: list[str]) -> list[str]:
    program = VENV / "bin" / command[0]
    return [str(program) if program.exists() else command[0], *command[1:]]


def _tool(command: list[str], env: dict[str, str]) -> int:
    """Run a tool with its words on the terminal. A Ctrl-C reaches it from the terminal; ours waits for it."""
    sys.stdout.flush()
    process = subprocess.Popen(_in_venv(command), env=env, cwd=ROOT)
    try:
        return process.wait()
    except Stopped:
        process.terminate()
        process.wait()
        raise


# -- clean -------------------------------------------------------------------------------------------------------


def clean(everything: bool) -> None:
    """Remove what the commands make again; `everything` removes the data of this installation too."""
    home = var()
    if other := who_runs(home) or who_runs(home / "test"):
        raise Trouble(f"{other.get('address')} is running; `make stop` first")
    gone = [VENV, install.FRONTEND / "node_modules", install.BUILT, ROOT / "dist", ROOT / "build", ROOT / "test-output"]
    gone += [ROOT / name for name in (".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache")]
    gone += files(ROOT / "src", "*.mo")
    gone += [path for top in ("src", "tests", "packs", "bench") for path in (ROOT / top).rglob("__pycache__")]
    gone += (ROOT / "src").glob("*.egg-info")
    homes = [home / "test", home] if everything else [home / "test"]
    gone += [(at / name).resolve() for at in homes for name in ("postgres", "run")] + homes
    if not everything:
        gone += [home / "log", home / "stamps"]
    for path in gone:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    say("clean")
