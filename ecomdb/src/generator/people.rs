//! Names, and e-mail addresses that belong to them.
//!
//! Each language has a table of slots for first names and one for last names; a common name has many slots, a
//! rare one a single slot. A keyed permutation sends the index of a user to a pair of slots, and the address is
//! `first.last` with the number of the pair among all pairs of the same two names. So addresses are unique at any
//! size without remembering any: common names carry numbers, rare ones do not. The domains are those reserved for
//! examples (RFC 2606): nobody receives what a test shop sends.

use std::collections::HashSet;

use fake::locales::{DE_DE, Data, EN, FR_FR, PT_BR};

use super::streams::{Entity, Permutation, Stream, keyed};

/// Slots of a table of names, as a power of two.
const SLOT_BITS: u32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;

/// Each language has domains of its own, for the same name may exist in two languages.
const DOMAINS: [[&str; 4]; 4] = [
    ["example.com", "example.net", "mail.example.com", "example.com"],
    ["example.org", "mail.example.org", "post.example.org", "example.org"],
    ["fr.example.net", "mel.example.net", "fr.example.net", "courriel.example.net"],
    ["br.example.com", "correio.example.com", "br.example.com", "br.example.com"],
];

/// Of 16 users, how many have names of each language: English, German, French, Portuguese.
const LANGUAGES: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3];

/// The names of the users of one shop.
#[derive(Debug)]
pub(crate) struct People {
    seed: u64,
    languages: [Language; 4],
    pairs: Permutation,
}

#[derive(Debug)]
struct Language {
    first: NameTable,
    last: NameTable,
}

#[derive(Debug)]
struct NameTable {
    names: Vec<Name>,
    /// The name of each slot, as an index of `names`.
    slots: Vec<u16>,
}

#[derive(Debug)]
struct Name {
    name: &'static str,
    /// In lower-case ASCII letters.
    folded: String,
    first_slot: u32,
    slots: u32,
}

impl People {
    pub(crate) fn new(seed: u64) -> Self {
        let language = |index: u64, first, last| Language {
            first: NameTable::new(seed, 2 * index, first),
            last: NameTable::new(seed, 2 * index + 1, last),
        };
        Self {
            seed,
            languages: [
                language(0, EN::NAME_FIRST_NAME, EN::NAME_LAST_NAME),
                language(1, DE_DE::NAME_FIRST_NAME, DE_DE::NAME_LAST_NAME),
                language(2, FR_FR::NAME_FIRST_NAME, FR_FR::NAME_LAST_NAME),
                language(3, PT_BR::NAME_FIRST_NAME, PT_BR::NAME_LAST_NAME),
            ],
            pairs: Permutation::new(seed, Entity::NamePair, 0, 2 * SLOT_BITS),
        }
    }

    /// First name and last name of the user of this index; the address is written to `email`.
    pub(crate) fn person(&self, index: u64, email: &mut String) -> (&'static str, &'static str) {
        let pair = self.pairs.apply(index);
        let taste = keyed(self.seed, Entity::User, index);
        let language = usize::from(LANGUAGES[(taste & 15) as usize]);
        let tables = &self.languages[language];
        let (first, first_ordinal) = tables.first.at(pair >> SLOT_BITS);
        let (last, last_ordinal) = tables.last.at(pair);

        // The number of this pair of slots among those of the same two names, over all rounds of the permutation.
        let round = index >> (2 * SLOT_BITS);
        let homonyms = u64::from(first.slots) * u64::from(last.slots);
        let number = round * homonyms + first_ordinal * u64::from(last.slots) + last_ordinal;

        email.clear();
        // "_" is only used for last name first, so that Thomas Paul and Paul Thomas stay apart.
        let (left, separator, right) = match taste >> 4 & 7 {
            0 => (last, '_', first),
            1 => (first, '-', last),
            _ => (first, '.', last),
        };
        email.push_str(&left.folded);
        email.push(separator);
        email.push_str(&right.folded);
        if number > 0 {
            push_number(email, number);
        }
        email.push('@');
        email.push_str(DOMAINS[language][(taste >> 7 & 3) as usize]);
        (first.name, last.name)
    }
}

impl NameTable {
    /// Popularity falls slowly with a rank that the seed deals out.
    fn new(seed: u64, index: u64, list: &[&'static str]) -> Self {
        let mut names: Vec<Name> = Vec::new();
        let mut known = HashSet::new();
        for &name in list {
            let folded = fold(name);
            let fits = (1..=60).contains(&folded.len()) && name.len() <= 100;
            if fits && known.insert(folded.clone()) {
                names.push(Name { name, folded, first_slot: 0, slots: 0 });
            }
        }
        Stream::new(seed, Entity::NameOrder, index).shuffle(&mut names);

        let weight = |rank: usize| 1.0 / (rank as f64 + 25.0);
        let total: f64 = (0..names.len()).map(weight).sum();
        let mut slots = Vec::with_capacity(SLOTS);
        let mut sum = 0.0;
        for (rank, name) in names.iter_mut().enumerate() {
            sum += weight(rank);
            let end = ((sum / total * SLOTS as f64).round() as usize).min(SLOTS);
            name.first_slot = slots.len() as u32;
            name.slots = end.saturating_sub(slots.len()) as u32;
            slots.resize(end.max(slots.len()), rank as u16);
        }
        Self { names, slots }
    }

    /// The name of a slot (its low bits count), and the number of the slot among those of the name.
    fn at(&self, slot: u64) -> (&Name, u64) {
        let slot = slot as usize & (SLOTS - 1);
        let name = &self.names[usize::from(self.slots[slot])];
        (name, slot as u64 - u64::from(name.first_slot))
    }
}

/// The ASCII letters of a name in lower case; accents are dropped, as people do in addresses.
fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' => folded.push(letter),
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' => folded.push('a'),
            'ç' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' => folded.push('o'),
            'ù' | 'ú' | 'û' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            _ => {}
        }
    }
    folded
}

/// Appends a number in decimal without the machinery of formatting.
pub(crate) fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}
