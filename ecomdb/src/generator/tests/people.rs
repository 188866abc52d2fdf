use super::super::people::People;
use super::super::{Scenario, UserRow};
use super::{dataset, to};

/// A collision among the addresses of this test has a probability of 10^-7.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

fn assert_unique(indexes: impl Iterator<Item = u64>) {
    let people = People::new(1);
    let mut email = String::new();
    let mut seen: Vec<u64> = indexes
        .map(|index| {
            people.person(index, &mut email);
            fingerprint(&email)
        })
        .collect();
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn a_million_addresses_are_unique() {
    assert_unique(0..1_000_000);
}

#[test]
fn addresses_stay_unique_when_all_pairs_of_names_are_used_up() {
    let pairs = 1 << 24;
    assert_unique((0..100_000).chain(pairs..pairs + 100_000).chain(2 * pairs..2 * pairs + 100_000));
}

#[test]
fn addresses_are_made_of_the_names_they_belong_to() {
    for UserRow { email, first_name, last_name, .. } in dataset(Scenario::demo(to())).users() {
        assert!(email.len() <= 254 && first_name.len() <= 100 && last_name.len() <= 100);
        assert!(email.is_ascii() && email.to_lowercase() == email, "{email}");
        let (local, domain) = email.split_once('@').unwrap();
        assert!(domain.contains("example."), "{domain} is not reserved");
        for name in [first_name, last_name] {
            let plain = name.chars().filter(|c| c.is_ascii_alphabetic());
            let start: String = plain.take_while(|c| c.is_ascii()).take(1).collect();
            assert!(local.contains(&start.to_lowercase()), "{local} of {name}");
            if name.chars().all(|c| c.is_ascii_alphabetic()) {
                assert!(local.contains(&name.to_lowercase()), "{local} of {name}");
            }
        }
    }
}

#[test]
fn common_names_recur() {
    let dataset = dataset(Scenario::demo(to()));
    let mut names: Vec<_> = dataset.users().map(|user| user.last_name).collect();
    names.sort_unstable();
    let most = names.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap();
    assert!((20..300).contains(&most), "the commonest of 3000 last names: {most}");
}
