"""Answers in memory: for how long, how many, and never for another version."""

from uuid import uuid4

from onextree.resilience.cache import Answer, AnswerCache, Level
from onextree.tree.query.active import ActiveTrees
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import Item


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(value: int, version: int = 1, project_id: str = "shop") -> Answer[int]:
    return Answer(value, project_id, version, Level.DATABASE)


def test_an_answer_is_kept_for_its_time() -> None:
    clock = Clock()
    cache = AnswerCache(10, 300, clock)
    cache.put("question", ("one", "question"), answer(1))
    clock.now = 299
    found = cache.get(("one", "question"))
    assert found is not None
    assert (found.value, found.level, found.is_fresh) == (1, Level.MEMORY, True)
    clock.now = 300
    assert cache.get(("one", "question")) is None
    assert cache.last("question") is None
    assert len(cache) == 0


def test_looking_does_not_make_it_last_longer() -> None:
    clock = Clock()
    cache = AnswerCache(10, 300, clock)
    cache.put("question", "key", answer(1))
    for clock.now in range(0, 300, 50):
        assert cache.get("key")
    clock.now = 301
    assert cache.get("key") is None


def test_the_one_that_was_not_used_for_the_longest_time_goes_first() -> None:
    cache = AnswerCache(3, 300)
    for number in range(3):
        cache.put(number, number, answer(number))
    assert cache.get(0)
    cache.put(3, 3, answer(3))
    assert [cache.get(number) is not None for number in range(4)] == [True, False, True, True]
    assert len(cache) == 3


def test_a_thousand_answers_are_kept_and_no_more() -> None:
    cache = AnswerCache(1000, 300)
    for number in range(5000):
        cache.put(number, number, answer(number))
    assert len(cache) == 1000
    assert [number for number in range(5000) if cache.get(number)] == list(range(4000, 5000))


def test_what_was_true_of_a_version_is_no_answer_about_another() -> None:
    cache = AnswerCache(10, 300)
    cache.put("newest?", ("one", "newest?"), answer(1, version=1))
    assert cache.get(("two", "newest?")) is None


def test_the_last_answer_says_that_it_may_be_stale() -> None:
    cache = AnswerCache(10, 300)
    cache.put("newest?", "one", answer(1, version=1))
    cache.put("newest?", "two", answer(2, version=2))
    last = cache.last("newest?")
    assert last is not None
    assert (last.value, last.version, last.is_fresh) == (2, 2, False)
    assert cache.last("another?") is None


def test_a_project_or_everything_is_forgotten() -> None:
    cache = AnswerCache(10, 300)
    for number, project_id in enumerate(["shop", "shop", "library"]):
        cache.put(number, number, answer(number, project_id=project_id))
    assert cache.clear("shop") == 2
    assert cache.clear("shop") == 0
    assert cache.last(0) is None
    assert cache.get(2)
    assert cache.clear() == 1


def tree(version: int, files: int) -> TreeIndex:
    return TreeIndex.of(
        version, [Item("", f"{number:03}", "f", 1, None, None, 1) for number in range(files)]
    )


def test_active_trees_are_kept_up_to_a_number_of_files() -> None:
    trees = ActiveTrees(25)
    for key in (1, 2):
        trees.put(key, uuid4(), tree(1, 10))
    assert trees.get(1) is not None
    trees.put(3, uuid4(), tree(1, 10))  # 2 was not used for the longest time
    assert [trees.get(key) is not None for key in (1, 2, 3)] == [True, False, True]
    trees.put(4, uuid4(), tree(1, 25))  # too large to be kept at all
    assert [trees.get(key) is not None for key in (1, 2, 3, 4)] == [True, False, True, False]
    assert trees.clear(1) == 1
    assert trees.clear(1) == 0
    assert trees.clear() == 1


def test_a_tree_takes_the_place_of_the_one_before() -> None:
    trees = ActiveTrees(30)
    trees.put(1, uuid4(), tree(1, 10))
    trees.put(1, newer := uuid4(), tree(2, 20))
    active = trees.get(1)
    assert active is not None
    assert (active[0], active[1].version, len(active[1])) == (newer, 2, 20)
    trees.put(1, uuid4(), tree(3, 40))
    assert trees.get(1) is None
