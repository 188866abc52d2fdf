use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, ScopedJoinHandle};

use super::*;

type Numbers = Groups<u32, u32>;

/// Each number is a row.
impl Locks for u32 {
    fn rows(&self) -> impl Iterator<Item = i64> {
        std::iter::once(i64::from(*self))
    }
}

/// Waits without limit.
fn patient() -> Result<u64> {
    Ok(0)
}

/// Nobody goes alone.
const fn never() -> bool {
    false
}

/// A caller that is admitted and must wait.
fn waiter<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    groups: &'scope Numbers,
    number: u32,
    lead: impl FnOnce(&[Arc<u32>]) -> Vec<Outcome<u32>> + Send + 'scope,
) -> ScopedJoinHandle<'scope, Outcome<u32>> {
    let before = groups.waiting();
    let caller = scope.spawn(move || groups.join(Arc::new(number), 0, &patient, &never, lead));
    while groups.waiting() == before {
        thread::yield_now();
    }
    caller
}

fn doubled(group: &[Arc<u32>]) -> Vec<Outcome<u32>> {
    group.iter().map(|number| Some(Ok(**number * 2))).collect()
}

fn done(outcome: Outcome<u32>) -> u32 {
    outcome.unwrap().unwrap()
}

#[test]
fn a_request_that_goes_alone_is_not_queued() {
    let groups = Numbers::new(1, 9, "too many");
    groups.join(Arc::new(1), 0, &patient, &never, |group| {
        let always = || true;
        assert!(groups.join(Arc::new(2), 0, &patient, &always, doubled).is_none());
        let (told, is_told) = channel();
        assert!(!groups.join_later(&Arc::new(3), 0, &always, Box::new(move |turn| told.send(turn).unwrap())));
        assert!(matches!(is_told.try_recv().unwrap(), Ok(Turn::Done(None))));
        assert_eq!(groups.waiting(), 0);
        doubled(group)
    });
}

#[test]
fn a_panic_of_one_who_is_answered_does_not_affect_the_others() {
    let groups = Numbers::new(1, 9, "too many");
    let ((led, leads), (told, is_told)) = (channel(), channel());
    groups.join(Arc::new(1), 0, &patient, &never, |group| {
        groups.join_later(&Arc::new(2), 0, &never, Box::new(move |turn| led.send(turn).unwrap()));
        groups.join_later(&Arc::new(3), 0, &never, Box::new(|_| panic!("on purpose")));
        groups.join_later(&Arc::new(4), 0, &never, Box::new(move |turn| told.send(turn).unwrap()));
        doubled(group)
    });
    let Ok(Turn::Lead(leadership)) = leads.recv().unwrap() else { panic!("it is to lead") };
    assert_eq!(done(groups.lead(Arc::new(2), leadership, doubled)), 4);
    assert!(matches!(is_told.recv().unwrap(), Ok(Turn::Done(Some(Ok(8))))));
}

#[test]
fn a_panic_of_one_who_waited_too_long_does_not_affect_the_others() {
    let groups = Numbers::new(1, 9, "too many");
    let (told, is_told) = channel();
    groups.join(Arc::new(1), 0, &patient, &never, |group| {
        groups.join_later(&Arc::new(2), 0, &never, Box::new(|_| panic!("on purpose")));
        groups.join_later(&Arc::new(3), 0, &never, Box::new(move |turn| told.send(turn).unwrap()));
        assert!(!groups.look_again(&|_| Err(Error::Overloaded("too long"))));
        doubled(group)
    });
    assert!(matches!(is_told.recv().unwrap(), Err(Error::Overloaded("too long"))));
}

#[test]
fn a_lone_caller_is_a_group() {
    let groups = Numbers::new(1, 9, "too many");
    assert_eq!(done(groups.join(Arc::new(1), 0, &patient, &never, doubled)), 2);
    assert_eq!(done(groups.join(Arc::new(2), 0, &patient, &never, doubled)), 4);
}

#[test]
fn those_who_came_meanwhile_are_the_next_group_in_their_order() {
    let groups = Numbers::new(1, 9, "too many");
    thread::scope(|scope| {
        let first = groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let (led, leads) = channel();
            let lead = |led: std::sync::mpsc::Sender<Vec<u32>>| {
                move |group: &[Arc<u32>]| {
                    led.send(group.iter().map(|number| **number).collect()).unwrap();
                    doubled(group)
                }
            };
            let others: Vec<_> = (2..=4).map(|number| waiter(scope, &groups, number, lead(led.clone()))).collect();
            scope.spawn(move || {
                assert_eq!(others.into_iter().map(|other| done(other.join().unwrap())).collect::<Vec<_>>(), [4, 6, 8]);
                assert_eq!(leads.try_iter().collect::<Vec<_>>(), [[2, 3, 4]]);
            });
            doubled(group)
        });
        assert_eq!(done(first), 2);
    });
    assert_eq!(groups.state().leaders, 0);
    assert!(groups.state().held.is_empty());
}

#[test]
fn what_a_group_could_not_do_is_told_to_its_caller() {
    let groups = Numbers::new(1, 9, "too many");
    thread::scope(|scope| {
        let first = groups.join(Arc::new(1), 0, &patient, &never, |_| {
            let leader = waiter(scope, &groups, 2, |_| vec![Some(Err(Error::RolledBack)), None]);
            let others = [waiter(scope, &groups, 3, doubled), waiter(scope, &groups, 4, doubled)];
            scope.spawn(move || {
                assert!(matches!(leader.join().unwrap(), Some(Err(Error::RolledBack))));
                // One gets the error, the other no result.
                assert!(others.into_iter().all(|other| other.join().unwrap().is_none()));
            });
            Vec::new()
        });
        assert!(first.is_none());
    });
}

#[test]
fn as_many_groups_as_may_be_are_under_way_at_once() {
    let groups = Numbers::new(2, 9, "too many");
    let outer = groups.join(Arc::new(1), 0, &patient, &never, |group| {
        assert_eq!(done(groups.join(Arc::new(2), 0, &patient, &never, doubled)), 4);
        doubled(group)
    });
    assert_eq!(done(outer), 2);
}

#[test]
fn those_who_want_the_same_row_wait_for_the_next_group() {
    let groups = Numbers::new(2, 9, "too many");
    thread::scope(|scope| {
        let first = groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let led = |group: &[Arc<u32>]| {
                assert_eq!(group.iter().map(|number| **number).collect::<Vec<_>>(), [1, 1]);
                doubled(group)
            };
            let rivals = [waiter(scope, &groups, 1, led), waiter(scope, &groups, 1, led)];
            // It takes nobody along who wants the row of the first one.
            assert_eq!(
                done(groups.join(Arc::new(2), 0, &patient, &never, |group| {
                    assert_eq!(group.len(), 1);
                    doubled(group)
                })),
                4
            );
            scope.spawn(move || assert_eq!(rivals.map(|rival| done(rival.join().unwrap())), [2, 2]));
            doubled(group)
        });
        assert_eq!(done(first), 2);
    });
    assert!(groups.state().held.is_empty());
}

#[test]
fn no_caller_is_passed_for_ever() {
    let groups = Numbers::new(3, 9, "too many");
    thread::scope(|scope| {
        let first = groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let rival = waiter(scope, &groups, 1, doubled);
            let members: Vec<usize> = (2..=6)
                .map(|number| {
                    let mut members = 0;
                    groups.join(Arc::new(number), 0, &patient, &never, |group| {
                        members = group.len();
                        doubled(group)
                    });
                    members
                })
                .collect();
            // The last one takes it along, unless it has asked for the lead itself.
            assert!(members[..4] == [1; 4] && done(rival.join().unwrap()) == 2, "{members:?}");
            doubled(group)
        });
        assert_eq!(done(first), 2);
    });
    assert!(groups.state().held.is_empty());
}

#[test]
fn a_leader_that_panics_leaves_no_caller_waiting() {
    let groups = Numbers::new(1, 9, "too many");
    thread::scope(|scope| {
        let (groups, (begun, begins)) = (&groups, channel());
        groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let panics = scope.spawn(move || {
                catch_unwind(AssertUnwindSafe(|| {
                    groups.join(Arc::new(2), 0, &patient, &never, |_| {
                        begun.send(()).unwrap();
                        while groups.waiting() == 0 {
                            thread::yield_now();
                        }
                        panic!("on purpose")
                    })
                }))
                .is_err()
            });
            while groups.waiting() == 0 {
                thread::yield_now();
            }
            let member = waiter(scope, groups, 3, doubled);
            scope.spawn(move || {
                begins.recv().unwrap();
                // The leader panics as soon as another caller is queued. That one may lead before anyone sees it
                // waiting.
                let next = scope.spawn(move || groups.join(Arc::new(4), 0, &patient, &never, doubled));
                assert!(panics.join().unwrap());
                assert!(matches!(member.join().unwrap(), Some(Err(Error::UnknownOutcome))));
                assert_eq!(done(next.join().unwrap()), 8);
            });
            doubled(group)
        });
    });
    assert_eq!(done(groups.join(Arc::new(5), 0, &patient, &never, doubled)), 10);
}

#[test]
fn when_there_is_no_room_the_next_one_hears_so() {
    let groups = Numbers::new(1, 1, "too many");
    thread::scope(|scope| {
        groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let waits = waiter(scope, &groups, 2, doubled);
            let refused = groups.join(Arc::new(3), 0, &patient, &never, doubled);
            assert!(matches!(refused, Some(Err(Error::Overloaded(_)))), "{refused:?}");
            scope.spawn(move || assert_eq!(done(waits.join().unwrap()), 4));
            doubled(group)
        });
    });
}

#[test]
fn who_may_not_wait_any_longer_leaves_and_the_others_go_on() {
    let groups = Numbers::new(1, 9, "too many");
    thread::scope(|scope| {
        let first = groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let refused = groups.join(Arc::new(2), 0, &|| Err(Error::RolledBack), &never, doubled);
            assert!(matches!(refused, Some(Err(Error::RolledBack))), "{refused:?}");
            assert_eq!(groups.waiting(), 0);
            let next = waiter(scope, &groups, 3, doubled);
            scope.spawn(move || assert_eq!(done(next.join().unwrap()), 6));
            doubled(group)
        });
        assert_eq!(done(first), 2);
    });
}

#[test]
fn who_was_taken_into_a_group_hears_what_became_of_it_although_it_may_not_wait_any_longer() {
    let groups = Numbers::new(1, 9, "too many");
    thread::scope(|scope| {
        let (groups, (taken, is_taken), (asked, has_asked)) = (&groups, channel(), channel());
        groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let leader = waiter(scope, groups, 2, move |group| {
                taken.send(()).unwrap();
                // Its member checks only after it was taken.
                has_asked.recv().unwrap();
                doubled(group)
            });
            let before = groups.waiting();
            let member = scope.spawn(move || {
                let waits = Cell::new(Some(is_taken));
                let may_wait = || {
                    if let Some(is_taken) = waits.take() {
                        is_taken.recv().unwrap();
                        asked.send(()).unwrap();
                    }
                    Err(Error::RolledBack)
                };
                groups.join(Arc::new(3), 0, &may_wait, &never, doubled)
            });
            while groups.waiting() == before {
                thread::yield_now();
            }
            scope.spawn(move || {
                assert_eq!(done(leader.join().unwrap()), 4);
                assert_eq!(done(member.join().unwrap()), 6);
            });
            doubled(group)
        });
    });
}

#[test]
fn leaders_that_hang_are_not_waited_for_once_the_server_is_back() {
    let (groups, came_back) = (Numbers::new(1, 9, "too many"), AtomicU64::new(0));
    thread::scope(|scope| {
        let (groups, came_back) = (&groups, &came_back);
        let first = groups.join(Arc::new(1), 0, &patient, &never, |group| {
            let generation = move || Ok(came_back.load(Ordering::SeqCst));
            let waits = scope.spawn(move || groups.join(Arc::new(2), 0, &generation, &never, doubled));
            while groups.waiting() == 0 {
                thread::yield_now();
            }
            came_back.store(1, Ordering::SeqCst);
            // The first leader still hangs.
            assert_eq!(done(waits.join().unwrap()), 4);
            assert_eq!(done(groups.join(Arc::new(3), 1, &|| Ok(1), &never, doubled)), 6);
            doubled(group)
        });
        assert_eq!(done(first), 2);
    });
    assert_eq!(groups.state().leaders, 0);
    assert!(groups.state().held.is_empty());
}

/// An asynchronous request that sends what it is told; leading is left to the test.
fn later(groups: &Numbers, number: u32) -> std::sync::mpsc::Receiver<Result<Turn<u32>>> {
    let (told, is_told) = channel();
    groups.join_later(&Arc::new(number), 0, &never, Box::new(move |turn| drop(told.send(turn))));
    is_told
}

#[test]
fn an_asynchronous_request_leads_at_once_if_nobody_else_does() {
    let groups = Numbers::new(1, 9, "too many");
    let Turn::Lead(right) = later(&groups, 1).try_recv().unwrap().unwrap() else { panic!("nobody leads") };
    assert_eq!(done(groups.lead(Arc::new(1), right, doubled)), 2);
    assert_eq!(groups.state().leaders, 0);
}

#[test]
fn an_asynchronous_request_is_told_the_result_of_its_group_or_that_it_is_to_lead() {
    let groups = Numbers::new(1, 9, "too many");
    let mut queued = None;
    let first = groups.join(Arc::new(1), 0, &patient, &never, |group| {
        queued = Some((later(&groups, 2), later(&groups, 3)));
        doubled(group)
    });
    assert_eq!(done(first), 2);
    let (oldest, other) = queued.unwrap();
    let Turn::Lead(right) = oldest.try_recv().unwrap().unwrap() else { panic!("it leads the next group") };
    assert!(other.try_recv().is_err());
    assert_eq!(done(groups.lead(Arc::new(2), right, doubled)), 4);
    assert!(matches!(other.try_recv().unwrap(), Ok(Turn::Done(Some(Ok(6))))));
    assert_eq!(groups.state().leaders, 0);
    assert!(groups.state().held.is_empty());
}

#[test]
fn an_asynchronous_request_that_may_not_wait_any_longer_is_told() {
    let groups = Numbers::new(1, 9, "too many");
    groups.join(Arc::new(1), 0, &patient, &never, |group| {
        let waits = later(&groups, 2);
        assert!(groups.look_again(&|_| patient()), "it may still wait");
        assert!(waits.try_recv().is_err());
        assert!(!groups.look_again(&|_| Err(Error::Overloaded("too long"))));
        assert!(matches!(waits.try_recv().unwrap(), Err(Error::Overloaded("too long"))));
        doubled(group)
    });
}

#[test]
fn an_asynchronous_request_leads_when_the_server_has_come_back_after_all_leaders_hang() {
    let groups = Numbers::new(1, 9, "too many");
    groups.join(Arc::new(1), 0, &patient, &never, |group| {
        let waits = later(&groups, 2);
        assert!(!groups.look_again(&|_| Ok(1)));
        let Turn::Lead(right) = waits.try_recv().unwrap().unwrap() else { panic!("it need not wait for them") };
        assert_eq!(done(groups.lead(Arc::new(2), right, doubled)), 4);
        doubled(group)
    });
}

#[test]
fn only_so_many_asynchronous_requests_wait() {
    let groups = Numbers::new(1, 1, "too many");
    groups.join(Arc::new(1), 0, &patient, &never, |group| {
        let waits = later(&groups, 2);
        assert!(matches!(later(&groups, 3).try_recv().unwrap(), Err(Error::Overloaded("too many"))));
        assert!(waits.try_recv().is_err());
        doubled(group)
    });
}
