"""The command line of the server: ``python -m server serve``, and what else is done to a store."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click

from server.auth.console import announce_first, people_commands, people_options
from server.context import LOOPBACK, PeopleConfig, ServerConfig
from server.store.database import StoreError, open_database, open_for_upgrade

_DB = click.option(
    "--db",
    default="sqlite:///sop_xl.sqlite",
    show_default=True,
    envvar="SOP_XL_DB",
    help="Database URL: sqlite:///file or postgresql+psycopg://user@host/name. Also by the variable SOP_XL_DB.",
)
_LEASE = click.option(
    "--lease-seconds",
    type=click.FloatRange(1, 600),
    default=15.0,
    show_default=True,
    help="Silence after which a worker is taken for dead and its work is taken up by another.",
)
_ANY = ("0.0.0.0", "::")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The calculation server of sop_xl: cycles, submissions, consolidation, committed versions, pages."""


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 takes a free one."
)
@_DB
@click.option("--ready-file", type=click.Path(path_type=Path), help="File the URL is written to once it listens.")
@click.option("--allow-host", multiple=True, help="A further name the server answers to, such as that of a proxy.")
@click.option("--max-upload-mb", type=click.IntRange(1, 1000), default=30, show_default=True, help="Largest upload.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Requests at once.")
@click.option(
    "--workers",
    type=click.IntRange(0, 64),
    default=1,
    show_default=True,
    help="Calculations at once in this process; 0 leaves them to `python -m server work`.",
)
@_LEASE
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="File the first administrator's one-time password is written to instead of being printed.",
)
@people_options
def serve(
    host: str,
    port: int,
    db: str,
    ready_file: Path | None,
    allow_host: tuple[str, ...],
    max_upload_mb: int,
    threads: int,
    workers: int,
    lease_seconds: float,
    password_file: Path | None,
    people: PeopleConfig,
) -> None:
    """Run the server until it is stopped; prints its URL once it listens."""
    from waitress.server import create_server

    from server.app import create_app
    from server.context import EXTENSION

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    further = [name.lower() for name in allow_host] + [urlsplit(people.public_url).hostname or host.lower()]
    names = () if host in _ANY and not people.public_url else tuple(dict.fromkeys((*LOOPBACK, host.lower(), *further)))
    if host not in LOOPBACK and not people.tls:
        _warn(host)
    try:
        app = create_app(
            ServerConfig(
                database_url=db,
                hosts=names,
                max_upload_mb=max_upload_mb,
                solvers=workers,
                lease_seconds=lease_seconds,
                people=people,
            )
        )
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem
    limit = (max_upload_mb + 2) * 1024 * 1024
    try:
        server = create_server(app, host=host, port=port, threads=threads, max_request_body_size=limit, ident="sop-xl")
    except OSError as problem:
        raise click.ClickException(f"{host}:{port} cannot be listened on: {problem}") from problem
    signal.signal(signal.SIGTERM, _stop)
    app.extensions[EXTENSION].warm.warm_up()
    announce_first(app.extensions[EXTENSION], password_file)
    url = _url(host, server)
    click.echo(f"S&OP server on {url} (store: {app.extensions[EXTENSION].database.name}). Stop it with Ctrl+C.")
    if ready_file is not None:
        _write_whole(ready_file, f"{url}\n")
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        click.echo("Stopping.")
    finally:
        server.close()
        app.extensions[EXTENSION].close()


@cli.command()
@_DB
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Calculations at once.")
@_LEASE
@click.option("--ready-file", type=click.Path(path_type=Path), help="File that is written once it looks for work.")
def work(db: str, workers: int, lease_seconds: float, ready_file: Path | None) -> None:
    """Do the calculations that servers queue, without being one; as many processes and machines as are wanted."""
    from server.context import Context
    from server.jobs.kinds import HANDLERS

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = ServerConfig(database_url=db, solvers=workers, lease_seconds=lease_seconds)
    try:
        opened = Context.open(config)
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem
    signal.signal(signal.SIGTERM, _stop)
    opened.workers.start(opened, HANDLERS, workers)
    click.echo(f"{workers} {'worker' if workers == 1 else 'workers'} on {opened.database.name}. Stop with Ctrl+C.")
    if ready_file is not None:
        _write_whole(ready_file, f"{opened.workers.name}\n")
    try:
        opened.workers.wait()
    except (KeyboardInterrupt, SystemExit):
        click.echo("Stopping.")
    finally:
        opened.close()


@cli.command()
@_DB
def upgrade(db: str) -> None:
    """Bring a store of an earlier version to the layout of this one, all or nothing; make a backup before."""
    from server.store.database import layout
    from server.store.database import upgrade as bring

    try:
        database = open_for_upgrade(db)
        before = layout(database)
        after = bring(database)
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem
    database.close()
    click.echo(f"{database.name} has layout {after}{'' if before != after else ' already'}.")


@cli.command()
@_DB
@click.option("--head", default="", help="Hash printed earlier that must still be in the chain.")
def verify(db: str, head: str) -> None:
    """Walk the chains and recompute every hash; status 1 where something was changed, and where."""
    from sqlalchemy.exc import SQLAlchemyError

    from server.store.verify import verify as walk

    try:
        database = open_database(db, create=False)
        with database.read() as connection:
            result = walk(connection, head)
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem
    except SQLAlchemyError as problem:
        click.secho(f"The store cannot be read: {problem}", fg="red", err=True)
        sys.exit(1)
    database.close()
    for found in result.breaks:
        click.secho(f"BROKEN at {found}", fg="red", err=True)
    checked = f"{result.versions} versions, {result.events} events, {result.submissions} submissions"
    if not result.ok:
        click.secho(f"{checked} checked: {len(result.breaks)} breaks.", fg="red", err=True)
        sys.exit(1)
    click.echo(f"{checked} checked: nothing was changed. Head {result.head or '(no version yet)'}")


@cli.command()
@_DB
@click.option("--to", required=True, help="URL of an empty database.")
def copy(db: str, to: str) -> None:
    """Copy a store into an empty database, such as from SQLite to PostgreSQL; stop its servers before."""
    from server.store.copying import copy as copied

    try:
        source, target = open_database(db, create=False), open_database(to)
        result = copied(source, target)
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem
    if not result.ok:
        raise click.ClickException(f"What arrived in {target.name} does not verify: {result.breaks[0]}")
    click.echo(f"{source.name} → {target.name}: {result.versions} versions, nothing was changed. Head {result.head}")


@cli.command()
@_DB
@click.option("--cycle", default="", help="Export the newest committed plan of this cycle, else its newest version.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; by default plan-<hash>.sopplan.")
@click.argument("version", default="")
def export(db: str, cycle: str, out: Path | None, version: str) -> None:
    """Write one file with a version and all it was calculated from, to be replayed on another machine.

    VERSION is a hash or its first eight or more characters; without it, the newest committed plan is exported.
    """
    from server.store import plan_file, versions

    try:
        database = open_database(db, create=False)
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem
    with database.read() as connection:
        if version:
            found = versions.find(connection, version.lower())
        else:
            found = versions.newest(connection, cycle, "committed") or versions.newest(connection, cycle)
        if found is None:
            raise click.ClickException("There is no such version." if version or cycle else "There is no version yet.")
        plan = plan_file.collect(connection, found)
    database.close()
    target = out or Path(f"plan-{found.hash[:12]}.sopplan")
    target.write_bytes(plan_file.pack(plan))
    held = f"{len(plan.versions)} versions, {len(plan.submissions)} files people sent"
    click.echo(f"{found.kind} version {found.hash} → {target} ({held}, {target.stat().st_size / 1e6:.1f} MB)")


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check-only", is_flag=True, help="Compare hashes without calculating again.")
def replay(file: Path, check_only: bool) -> None:
    """Calculate an exported version again from the files people sent; status 1 where other values come out."""
    from server.replay import SAME, replay
    from server.store import plan_file

    try:
        plan = plan_file.unpack(file.read_bytes())
    except plan_file.NoPlanFile as problem:
        raise click.ClickException(f"{file}: {problem}") from problem
    click.echo(f"{file}: whole; every byte and every version has its hash. Head {plan.head}")
    if check_only:
        return
    steps = []
    for step in replay(plan):
        steps.append(step)
        click.secho(f"  {step.name}: {step.outcome} ({step.recorded[:12]})", fg=None if step.reproduced else "red")
        for line in (*step.details[:10], *(step.libraries if step.outcome != SAME else ())):
            click.echo(f"    {line}")
        if step.out_of_time:
            late = "; ".join(step.out_of_time)
            click.echo(f"    Likely reason: the solver ran out of time (setting solver_seconds) in: {late}.")
            click.echo("    How far a solve comes in a given time differs by machine and load.")
    missed = sum(not step.reproduced for step in steps)
    if missed:
        click.secho(f"{missed} of {len(steps)} steps gave other values.", fg="red", err=True)
        sys.exit(1)
    click.echo(f"Reproduced: {len(steps)} steps gave what was recorded. Head {plan.head}")


def _url(host: str, server: object) -> str:
    listens = getattr(server, "effective_listen", None)  # where a name stands for several addresses
    port = listens[0][1] if listens else getattr(server, "effective_port", 0)
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def _warn(host: str) -> None:
    line = "!" * 78
    text = (
        f"{line}\nListening on {host} WITHOUT TLS: passwords, tokens and plans travel readable for everyone on the\n"
        "way. Put a reverse proxy with TLS in front, listen on 127.0.0.1, and start with\n"
        f"--public-url https://… --proxies 1 (docs/operations.md).\n{line}"
    )
    click.secho(text, fg="red", bold=True, err=True)


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever waits for it never reads half of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


cli.add_command(people_commands)

if __name__ == "__main__":
    cli(prog_name="python -m server")
