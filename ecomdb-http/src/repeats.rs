//! Forms whose answer contains a secret that is not stored: a new API key, or a generated password. If such a form is
//! sent twice, the second request gets the answer of the first from the memory of this process.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ecomdb::{Conflict, UserId};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(600);

/// Maximum number of answers in memory. Beyond it, the oldest is dropped.
const MOST: usize = 100;

/// The answers of the latest forms.
#[derive(Debug)]
pub(crate) struct Repeats<T>(Mutex<VecDeque<Sent<T>>>);

/// A sent form. Two forms are the same if all three fields are equal.
#[derive(Debug)]
pub(crate) struct FormSent {
    user: Option<UserId>,
    /// The idempotency key in the form.
    key: String,
    /// Hash of the entries.
    entries: u64,
}

#[derive(Debug)]
struct Sent<T> {
    user: Option<UserId>,
    key: String,
    at: Instant,
    answer: Answer<T>,
}

/// The hash of the entries, and the answer once it exists. It is locked while the answer is made.
type Answer<T> = Arc<Mutex<Option<(u64, T)>>>;

impl FormSent {
    /// The form with this key and these entries; `None` without a key.
    pub(crate) fn new(user: Option<UserId>, key: &str, entries: &impl Hash) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        entries.hash(&mut hasher);
        (!key.is_empty()).then(|| Self { user, key: key.to_owned(), entries: hasher.finish() })
    }
}

impl<T> Default for Repeats<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Repeats<T> {
    /// Runs `make` for the first of several equal forms, and returns its answer to all of them. Waits while another
    /// thread runs it. After an error, the next form counts as the first.
    ///
    /// # Errors
    /// [`Conflict::IdempotencyKeyReused`] if a form with other entries was answered under this key; those of `make`.
    pub(crate) fn once(&self, form: FormSent, make: impl FnOnce() -> ecomdb::Result<T>) -> ecomdb::Result<T> {
        let FormSent { user, key, entries } = form;
        let answer = self.answer(user, &key, Instant::now());
        let mut answer = lock(&answer);
        match &*answer {
            Some((first, known)) if *first == entries => Ok(known.clone()),
            Some(_) => Err(Conflict::IdempotencyKeyReused { key }.into()),
            None => {
                let made = make()?;
                *answer = Some((entries, made.clone()));
                Ok(made)
            }
        }
    }

    /// The entry for the answer to a form.
    fn answer(&self, user: Option<UserId>, key: &str, now: Instant) -> Answer<T> {
        let mut all = lock(&self.0);
        all.retain(|sent| now.saturating_duration_since(sent.at) < KEPT);
        if let Some(sent) = all.iter().find(|sent| sent.user == user && sent.key == key) {
            return Arc::clone(&sent.answer);
        }
        if all.len() == MOST {
            all.pop_front();
        }
        let answer = Answer::default();
        all.push_back(Sent { user, key: key.to_owned(), at: now, answer: Arc::clone(&answer) });
        answer
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn form(user: i64, key: &str, entries: &str) -> FormSent {
        FormSent::new(Some(UserId::new(user)), key, &entries).unwrap()
    }

    #[test]
    fn the_same_form_has_one_effect_and_the_same_answer() {
        let (repeats, made) = (Repeats::default(), AtomicU32::new(0));
        let send = |form| repeats.once(form, || Ok(made.fetch_add(1, Ordering::Relaxed)));
        std::thread::scope(|threads| {
            let both = [(); 2].map(|()| threads.spawn(|| send(form(1, "k", "till")).unwrap()));
            assert_eq!(both.map(|thread| thread.join().unwrap()), [0, 0]);
        });
        assert_eq!(send(form(1, "other", "till")).unwrap(), 1);
        assert_eq!(send(form(2, "k", "till")).unwrap(), 2, "another user");
        let reused = send(form(1, "k", "backup")).unwrap_err();
        assert!(reused.to_string().contains("was already used for a different request"), "{reused}");
        assert!(FormSent::new(None, "", &"till").is_none());
    }

    #[test]
    fn after_an_error_the_form_can_be_corrected() {
        let repeats = Repeats::default();
        let refused = Err(Conflict::IdempotencyKeyReused { key: "k".to_owned() }.into());
        assert!(repeats.once(form(1, "k", "wrong"), || refused).is_err());
        assert_eq!(repeats.once(form(1, "k", "right"), || Ok(7)).unwrap(), 7);
    }

    #[test]
    fn answers_are_few_and_forgotten_in_time() {
        let (repeats, start) = (Repeats::<u8>::default(), Instant::now());
        for number in 0..=MOST {
            repeats.answer(None, &number.to_string(), start);
        }
        let keys = || lock(&repeats.0).iter().map(|sent| sent.key.clone()).collect::<Vec<_>>();
        assert_eq!((keys().len(), keys()[0].as_str()), (MOST, "1"));
        repeats.answer(None, "later", start + KEPT);
        assert_eq!(keys(), ["later"]);
    }
}
