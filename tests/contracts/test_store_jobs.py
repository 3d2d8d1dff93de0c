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
    assert jobs.waiting("here")
    claimed = jobs.claim("here")
    assert (claimed.id, claimed.state, claimed.attempts) == (queued.id, "running", 1)
    assert jobs.claim("here") is None
    assert not jobs.waiting("here")
    clock.forward(20)
    assert jobs.renew(queued.id, "Reading", 5, 10)
    clock.forward(20)
    assert jobs.claim("here") is None, "it renewed its lease"
    assert (jobs.get(queued.id).stage, jobs.get(queued.id).done, jobs.get(queued.id).total) == ("Reading", 5, 10)
    jobs.finish(queued.id, "done", b"[]")
    assert (jobs.get(queued.id).state, jobs.get(queued.id).result) == ("done", b"[]")
    assert not jobs.renew(queued.id, "Reading", 6, 10)
    assert jobs.forget(queued.id)
    assert jobs.get(queued.id) is None
    assert jobs.all() == []


def test_the_oldest_job_is_claimed_first_and_only_on_its_machine(jobs, clock):
    elsewhere = jobs.add("load", b"{}", machine="there")
    clock.forward(1)
    first = jobs.add("load", b"{}")
    clock.forward(1)
    second = jobs.add("load", b"{}", machine="here")
    assert [jobs.claim("here").id, jobs.claim("here").id, jobs.claim("here")] == [first.id, second.id, None]
    assert not jobs.waiting("here")
    assert jobs.claim("there").id == elsewhere.id


def test_a_job_whose_lease_lapsed_is_queued_again_up_to_a_limit(jobs, clock):
    id_ = jobs.add("load", b"{}").id
    for attempt in range(1, jobs_module.MOST_ATTEMPTS + 1):
        assert jobs.claim("here").attempts == attempt
        clock.forward(jobs_module.LEASE_SECONDS + 1)
        assert jobs.waiting("here")
    assert jobs.claim("here") is None
    assert (jobs.get(id_).state, jobs.get(id_).result) == ("failed", None)


def test_cancelling(jobs, clock):
    queued, running, lost = (jobs.add("load", b"{}") for _ in range(3))
    assert jobs.cancel(queued.id)
    assert jobs.get(queued.id).state == "cancelled"
    claimed = {jobs.claim("here").id, jobs.claim("here").id}
    assert claimed == {running.id, lost.id}
    assert jobs.cancel(running.id)
    assert not jobs.renew(running.id, "Reading", 1, None), "this is how it learns of it"
    jobs.finish(running.id, "cancelled", None)
    assert jobs.get(running.id).state == "cancelled"
    assert not jobs.cancel(running.id)
    assert jobs.cancel(lost.id)
    clock.forward(jobs_module.LEASE_SECONDS + 1)
    assert jobs.claim("here") is None
    assert jobs.get(lost.id).state == "cancelled"
    assert not jobs.cancel("no-such-job")


def test_results_are_kept_for_a_while(jobs, clock):
    old = jobs.add("load", b"{}")
    jobs.claim("here")
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
    store.jobs.claim("here")
    assert store.generation() == before
