from toolworlds.models.clients.balance import FAILURES_BEFORE_REST, Balancer, Replica
from toolworlds.models.clients.capacity import Limiter


def make_replicas(*loads: int) -> list[Replica]:
    replicas = [Replica(f"http://127.0.0.1:{index}/v1", Limiter(8, 0.0)) for index in range(len(loads))]
    for replica, load in zip(replicas, loads, strict=True):
        replica.limiter.load = load
    return replicas


def wear_out(replica: Replica) -> None:
    for _ in range(FAILURES_BEFORE_REST):
        replica.fail()


def test_the_least_busy_replica_is_chosen() -> None:
    """Waiting and running calls count alike."""
    replicas = make_replicas(3, 1, 2)
    assert Balancer(replicas).choose("") is replicas[1]


def test_a_session_stays_where_it_began() -> None:
    """Even when its replica has become the busiest."""
    replicas = make_replicas(0, 1)
    balancer = Balancer(replicas)
    assert balancer.choose("rollout 1") is replicas[0]
    replicas[0].limiter.load = 9
    assert balancer.choose("rollout 1") is replicas[0]
    assert balancer.choose("rollout 2") is replicas[1]


def test_a_resting_replica_is_left_alone_while_there_is_another() -> None:
    """A dead server looks idle and must not draw all calls; its sessions move for good."""
    replicas = make_replicas(0, 5)
    balancer = Balancer(replicas)
    assert balancer.choose("rollout") is replicas[0]
    wear_out(replicas[0])
    assert balancer.choose("rollout") is replicas[1]
    wear_out(replicas[1])
    assert balancer.choose("") is replicas[0]


def test_one_broken_connection_is_no_reason_to_rest() -> None:
    """Sessions lose their cached prefixes by moving; a served call in between forgives."""
    replicas = make_replicas(0, 5)
    for _ in range(FAILURES_BEFORE_REST):
        replicas[0].fail()
        replicas[0].succeed()
    assert Balancer(replicas).choose("") is replicas[0]
