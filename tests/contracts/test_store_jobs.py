"""What every store must do with jobs: each is run by one process, and none is lost with its process."""

from __future__ import annotations

import pytest

from terminology.store import jobs as jobs_module


@pytest.fixture
def jobs(store):
    return store.jobs


def test_a_job_from_beginning_to_end(jobs, clock):
    queued = jobs.add("load", b"{}", requester="me")
    assert (queued.state, queued.requester, queued.input) == ("queued", "me", b"{}")
    assert jobs.waiting()
    claimed = jobs.claim()
    assert (claimed.id, claimed.state, claimed.attempts) == (queued.id, "running", 1)
    assert jobs.claim() is None
    assert not jobs.waiting()
    clock.forward(20)
    assert jobs.renew(queued.id, "Reading", 5, 10)
    clock.forward(20)
    assert jobs.claim() is None, "it renewed its lease"
    assert (jobs.get(queued.id).stage, jobs.get(queued.id).done, jobs.get(queued.id).total) == ("Reading", 5, 10)
    jobs.finish(queued.id, "done", b"[]")
    assert (jobs.get(queued.id).state, jobs.get(queued.id).result) == ("done", b"[]")
    assert not jobs.renew(queued.id, "Reading", 6, 10)
    assert jobs.forget(queued.id)
    assert jobs.get(queued.id) is None
    assert jobs.all() == []


def test_the_oldest_first_and_only_where_its_files_are(jobs, clock):
    elsewhere = jobs.add("load", b"{}", folder="there")
    clock.forward(1)
    first = jobs.add("load", b"{}")
    clock.forward(1)
    second = jobs.add("load", b"{}", folder="here")
    assert [jobs.claim(["here", "more"]).id for _ in range(2)] == [first.id, second.id]
    assert jobs.claim(["here", "more"]) is None
    assert not jobs.waiting(["here", "more"])
    assert not jobs.waiting()
    assert jobs.waiting(["there"])
    assert jobs.claim(["there"]).id == elsewhere.id


def test_a_job_whose_files_nobody_sees_any_more_has_failed(jobs, clock):
    id_ = jobs.add("load", b"{}", folder="here").id
    for _ in range(3):
        clock.forward(0.9 * jobs_module.ABSENT_SECONDS)
        assert jobs.see(["here", "unknown"]) == []
    clock.forward(0.9 * jobs_module.ABSENT_SECONDS)
    assert not jobs.waiting()
    clock.forward(0.2 * jobs_module.ABSENT_SECONDS)
    assert jobs.waiting(), "somebody has to say that it is over"
    assert jobs.claim() is None
    assert (jobs.get(id_).state, jobs.get(id_).attempts) == ("failed", 0)
    assert not jobs.waiting()


def test_a_job_is_begun_again_where_its_files_are_and_has_time_for_it(jobs, clock):
    id_ = jobs.add("load", b"{}", folder="here").id
    assert jobs.claim(["here"]).id == id_
    clock.forward(2 * jobs_module.ABSENT_SECONDS)
    assert jobs.claim() is None
    assert jobs.get(id_).state == "queued"
    clock.forward(0.9 * jobs_module.ABSENT_SECONDS)
    assert jobs.claim(["here"]).attempts == 2


def test_files_of_jobs_that_are_over_are_told(jobs):
    done, cancelled, waiting = (jobs.add("load", b"{}", folder=name).id for name in ("done", "cancelled", "waiting"))
    assert jobs.claim(["done"]).id == done
    assert jobs.see(["done", "cancelled", "waiting", "of others"]) == []
    jobs.finish(done, "done", b"[]")
    assert jobs.cancel(cancelled)
    assert sorted(jobs.see(["done", "cancelled", "waiting", "of others"])) == ["cancelled", "done"]
    assert jobs.get(waiting).state == "queued"


def test_a_job_whose_lease_lapsed_is_queued_again_up_to_a_limit(jobs, clock):
    id_ = jobs.add("load", b"{}").id
    for attempt in range(1, jobs_module.MOST_ATTEMPTS + 1):
        assert jobs.claim().attempts == attempt
        clock.forward(jobs_module.LEASE_SECONDS + 1)
        assert jobs.waiting()
    assert jobs.claim() is None
    assert (jobs.get(id_).state, jobs.get(id_).result) == ("failed", None)


def test_cancelling(jobs, clock):
    queued, running, lost = (jobs.add("load", b"{}") for _ in range(3))
    assert jobs.cancel(queued.id)
    assert jobs.get(queued.id).state == "cancelled"
    claimed = {jobs.claim().id, jobs.claim().id}
    assert claimed == {running.id, lost.id}
    assert jobs.cancel(running.id)
    assert not jobs.renew(running.id, "Reading", 1, None), "this is how it learns of it"
    jobs.finish(running.id, "cancelled", None)
    assert jobs.get(running.id).state == "cancelled"
    assert not jobs.cancel(running.id)
    assert jobs.cancel(lost.id)
    clock.forward(jobs_module.LEASE_SECONDS + 1)
    assert jobs.claim() is None
    assert jobs.get(lost.id).state == "cancelled"
    assert not jobs.cancel("no-such-job")


def test_results_are_kept_for_a_while(jobs, clock):
    old = jobs.add("load", b"{}")
    jobs.claim()
    jobs.finish(old.id, "failed", b"{}")
    clock.forward(jobs_module.KEPT_SECONDS - 1)
    jobs.add("load", b"{}")
    assert jobs.get(old.id) is not None
    clock.forward(2)
    jobs.add("load", b"{}")
    assert jobs.get(old.id) is None


def test_jobs_publish_nothing(store):
    before = store.generation()
    store.jobs.add("load", b"{}")
    store.jobs.claim()
    assert store.generation() == before
