use std::sync::mpsc::channel;

use super::*;

const PATIENT: Duration = Duration::from_secs(60);

/// Occupies a thread until the returned sender is dropped, from when it has begun.
fn occupy(workers: &Workers) -> std::sync::mpsc::Sender<()> {
    let ((begun, has_begun), (busy, until)) = (channel(), channel::<()>());
    workers.submit(move |_| {
        begun.send(()).unwrap();
        let _ = until.recv();
    });
    has_begun.recv().unwrap();
    busy
}

fn started(workers: &Workers) -> usize {
    workers.shared.state().started
}

#[test]
fn threads_are_started_when_they_are_needed() {
    let workers = Workers::new(2, 2, 0, PATIENT);
    assert_eq!(started(&workers), 0);
    let busy = [occupy(&workers), occupy(&workers)];
    let (done, is_done) = channel();
    workers.submit(move |turn| done.send(turn.is_ok()).unwrap());
    assert_eq!(started(&workers), 2);
    drop(busy);
    assert!(is_done.recv().unwrap());
}

#[test]
fn work_that_waits_for_long_work_gets_another_thread() {
    let workers = Workers::new(2, 1, 0, PATIENT);
    let _busy = occupy(&workers);
    let (done, is_done) = channel();
    workers.submit(move |turn| done.send(turn.is_ok()).unwrap());
    assert!(is_done.recv().unwrap());
    assert_eq!(started(&workers), 2);
}

#[test]
fn short_work_is_left_to_the_usual_threads() {
    let workers = Workers::new(8, 1, 0, PATIENT);
    for _ in 0..100 {
        let (done, is_done) = channel();
        workers.submit(move |_| done.send(()).unwrap());
        is_done.recv().unwrap();
    }
    assert!(started(&workers) <= 2, "{}", started(&workers));
}

#[test]
fn what_waits_too_long_is_refused_but_not_a_continuation() {
    let workers = Workers::new(1, 1, 0, Duration::ZERO);
    let busy = occupy(&workers);
    let (told, is_told) = channel();
    let going_on = told.clone();
    workers.submit(move |turn| told.send(turn.is_err()).unwrap());
    workers.go_on(move || going_on.send(false).unwrap());
    assert!(is_told.recv().unwrap());
    drop(busy);
    assert!(!is_told.recv().unwrap());
}

#[test]
fn continuations_come_first() {
    let workers = Workers::new(1, 1, 0, PATIENT);
    let busy = occupy(&workers);
    let (told, is_told) = channel();
    let going_on = told.clone();
    workers.submit(move |_| told.send("new").unwrap());
    workers.go_on(move || going_on.send("continuation").unwrap());
    drop(busy);
    assert_eq!(is_told.iter().take(2).collect::<Vec<_>>(), ["continuation", "new"]);
}

#[test]
fn a_continuation_has_a_thread_although_all_others_are_busy() {
    let workers = Workers::new(2, 2, 1, PATIENT);
    let busy = occupy(&workers);
    let ((told, is_told), (done, is_done)) = (channel(), channel());
    workers.submit(move |_| told.send(()).unwrap());
    workers.go_on(move || done.send(()).unwrap());
    is_done.recv().unwrap();
    assert!(is_told.try_recv().is_err(), "the other thread is reserved");
    drop(busy);
    is_told.recv().unwrap();
}

#[test]
fn a_panic_ends_no_thread() {
    let workers = Workers::new(1, 1, 0, PATIENT);
    workers.submit(|_| panic!("on purpose"));
    let (done, is_done) = channel();
    workers.submit(move |_| done.send(()).unwrap());
    is_done.recv().unwrap();
    assert_eq!(started(&workers), 1);
}

#[test]
fn a_panic_of_a_check_does_not_end_the_others() {
    let workers = Workers::new(1, 1, 0, PATIENT);
    let (told, is_told) = channel();
    workers.check(|| panic!("on purpose"));
    workers.check(move || told.send(()).is_ok());
    for _ in 0..2 {
        is_told.recv().unwrap();
    }
}

#[test]
fn the_last_handle_may_be_dropped_by_a_thread() {
    let workers = Arc::new(Workers::new(2, 2, 0, PATIENT));
    let (let_go, may_go) = channel::<()>();
    let (gone, is_gone) = channel();
    let last = Arc::clone(&workers);
    workers.submit(move |_| {
        let _ = may_go.recv();
        drop(last);
        gone.send(()).unwrap();
    });
    drop(workers);
    drop(let_go);
    is_gone.recv().unwrap();
}
