"""What the demo tells on the terminal: a line a step, a bar where there is something to count, and how to log in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from app.demo.home import PAID_EMAIL, DemoFacts

FIRST = TaskID(0)


class Bar:
    """A bar from 0 to 1; shows nothing where the output is no terminal."""

    def __init__(self, progress: Progress | None = None, task: TaskID = FIRST) -> None:
        self._progress, self._task = progress, task

    def show(self, part: float, words: str) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=part, words=words)


class Report:
    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Bar]:
        """A step with its bar; one line stays, with the seconds that it took."""
        began = time.monotonic()
        if not self._console.is_terminal:
            yield Bar()
            self._done(name, began)
            return
        columns = (
            TextColumn("  {task.description:<28}"),
            BarColumn(bar_width=28),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}"),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            yield Bar(progress, progress.add_task(name, total=1.0, words=""))
        self._done(name, began)

    def _done(self, name: str, began: float) -> None:
        self._console.print(f"  {name:<28} done in {time.monotonic() - began:.1f} s", markup=False)

    def summary(self, *, url: str, facts: DemoFacts, dagster_url: str | None, spare_key: str, seconds: float) -> None:
        """Where to go and how to get in."""
        lines = [
            f"CarbonLedger   {url}",
            f"Log in         {facts.email}",
            f"Password       {facts.password}",
            f"API reference  {url}/docs",
        ]
        if dagster_url is not None:
            lines.append(f"Dagster        {dagster_url} (starting)")
        lines += [
            "",
            "One connection's key was revoked on purpose. This key of the same account repairs it:",
            f"  {spare_key}",
            "",
            f"Ready after {seconds:.0f} s. Ctrl-C stops everything; a second run goes on with what is here.",
        ]
        self._console.print(Panel(Text("\n".join(lines)), title="Demo", expand=False))

    def paid_summary(self, *, url: str, facts: DemoFacts) -> None:
        """The second organization: where its bills and receipts are, and how to get in."""
        lines = [
            "A second organization pays, and two of its months are closed, each with a receipt:",
            f"Receipts       {url}/receipts",
            f"Billing        {url}/billing",
            f"Log in with    {PAID_EMAIL}",
            f"Password of it {facts.password}",
            "",
            "In the first one, “Upgrade to offset” leads to Stripe's pages of the sandbox. Stripe's test cards work:",
            "  4242 4242 4242 4242 is good, 4000 0000 0000 0002 is declined; any date to come, any CVC.",
            f"What operators see of credits: {url}/credit-pool",
        ]
        self._console.print(Panel(Text("\n".join(lines)), title="Plans", expand=False))
