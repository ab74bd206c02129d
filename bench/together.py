"""Acts that begin at one instant, each in a process with its own connections."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from core.database import Database, DatabaseUrls

START_WITHIN_SECONDS = 180
GIVE_UP_AFTER_SECONDS = 1800

Act = Callable[[Database], int]
"""A function of a module, or a partial of one: it is sent to its process."""

# Nothing of this process, least of all its connections, is inherited; what it imported is imported once for all, for
# dbt and DuckDB take each process seconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["bench.__main__"])


def together(urls: DatabaseUrls, acts: Sequence[Act]) -> tuple[float, int]:
    """(seconds from their common beginning until the last one ended, sum of what they returned).

    Starting the processes and connecting is not counted. Raises BrokenBarrierError if one failed; its traceback is on
    standard error.
    """
    barrier, answers = _CONTEXT.Barrier(len(acts) + 1), _CONTEXT.SimpleQueue()
    processes = [_CONTEXT.Process(target=_work, args=(urls, act, barrier, answers), daemon=True) for act in acts]
    for process in processes:
        process.start()
    barrier.wait(START_WITHIN_SECONDS)
    begun = time.perf_counter()
    barrier.wait(GIVE_UP_AFTER_SECONDS)
    seconds = time.perf_counter() - begun
    for process in processes:
        process.join()
    return seconds, sum(answers.get() for _ in acts)


def _work(urls: DatabaseUrls, act: Act, barrier: Barrier, answers: SimpleQueue[int]) -> None:
    try:
        with Database(urls, pool_size=1) as database:
            with database.worker() as connection:
                connection.execute("select 1")
            barrier.wait(START_WITHIN_SECONDS)
            answers.put(act(database))
            barrier.wait(GIVE_UP_AFTER_SECONDS)
    except BaseException:
        barrier.abort()
        raise
