"""Many questions for a service, asked within one deadline."""

from collections.abc import Callable, Collection, Hashable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Event
from time import monotonic
from typing import TypeVar

from onextree.errors import CircuitBreakerOpen, DeadlineExceeded, OnexTreeError

__all__ = ["ask_all"]

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")

_THREADS = 8


def ask_all(
    ask: Callable[[Q], A], questions: Collection[Q], *, seconds: float
) -> dict[Q, A | OnexTreeError]:
    """The answers, or why there are none, as far as they come in time.

    Once the circuit breaker has refused one, it is not asked for the others.

    Args:
        ask: Called in several threads; it ends by itself. One question alone is asked in this one.
        seconds: For all of them together; those that are not answered then go on by themselves.
    """
    deadline, refused = monotonic() + seconds, Event()

    def answer(question: Q) -> A | OnexTreeError:
        if refused.is_set():
            return CircuitBreakerOpen("The service failed so often that it is not called.")
        if monotonic() >= deadline:
            return _late(seconds)
        try:
            return ask(question)
        except CircuitBreakerOpen as error:
            refused.set()
            return error
        except OnexTreeError as error:
            return error

    if len(questions) <= 1:
        return {question: answer(question) for question in questions}
    pool = ThreadPoolExecutor(min(_THREADS, len(questions)), "onextree-asking")
    try:
        asked = {
            question: pool.submit(copy_context().run, answer, question) for question in questions
        }
        wait(asked.values(), timeout=max(0.0, deadline - monotonic()))
        return {
            question: future.result() if future.done() else _late(seconds)
            for question, future in asked.items()
        }
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _late(seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(f"The service has not answered within {seconds:g} seconds.")
