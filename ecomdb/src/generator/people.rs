//! Names and matching e-mail addresses.
//!
//! Each language has a table of slots for first names and one for last names; a common name has many slots, a rare one
//! a single slot. A keyed permutation maps the index of a user to a pair of slots. The address is `first.last`,
//! followed by the number of the pair among all pairs of the same two names. Addresses are thus unique without
//! remembering any: common names carry numbers, rare ones do not. The domains are reserved for examples (RFC 2606), so
//! mail is never delivered.

use std::collections::HashSet;

use fake::locales::{DE_DE, Data, EN, FR_FR, PT_BR};

use super::streams::{Entity, Permutation, Stream, keyed};

/// Binary logarithm of the number of slots in a table of names.
const SLOT_BITS: u32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;

/// Domains of each language. They are disjoint, because the same name may exist in two languages.
const DOMAINS: [[&str; 4]; 4] = [
    ["example.com", "example.net", "mail.example.com", "example.com"],
    ["example.org", "mail.example.org", "post.example.org", "example.org"],
    ["fr.example.net", "mel.example.net", "fr.example.net", "courriel.example.net"],
    ["br.example.com", "correio.example.com", "br.example.com", "br.example.com"],
];

/// Language of each of 16 consecutive users: 0 English, 1 German, 2 French, 3 Portuguese.
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
    /// Index into `names` for each slot.
    slots: Vec<u16>,
}

#[derive(Debug)]
struct Name {
    name: &'static str,
    /// The name in lower-case ASCII.
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

    /// Returns first and last name of the user at `index`, and writes the address to `email`.
    pub(crate) fn person(&self, index: u64, email: &mut String) -> (&'static str, &'static str) {
        let pair = self.pairs.apply(index);
        let taste = keyed(self.seed, Entity::User, index);
        let language = usize::from(LANGUAGES[(taste & 15) as usize]);
        let tables = &self.languages[language];
        let (first, first_ordinal) = tables.first.at(pair >> SLOT_BITS);
        let (last, last_ordinal) = tables.last.at(pair);

        // Number of this pair of slots among those of the same two names, over all rounds of the permutation.
        let round = index >> (2 * SLOT_BITS);
        let homonyms = u64::from(first.slots) * u64::from(last.slots);
        let number = round * homonyms + first_ordinal * u64::from(last.slots) + last_ordinal;

        email.clear();
        // "_" is reserved for last name first, so Thomas Paul and Paul Thomas get different addresses.
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

impl People {
    /// Another last name in the language of the user at `index`.
    pub(crate) fn former_last_name(&self, index: u64) -> &'static str {
        let (_, present) = self.person(index, &mut String::new());
        let language = usize::from(LANGUAGES[(keyed(self.seed, Entity::User, index) & 15) as usize]);
        let (table, mut slot) = (&self.languages[language].last, keyed(self.seed, Entity::UserName, index) >> 16);
        // A table has many names, each in consecutive slots.
        loop {
            let (former, _) = table.at(slot);
            if former.name != present {
                return former.name;
            }
            slot += 1;
        }
    }
}

impl NameTable {
    /// Numbers of slots fall slowly with the rank, which the seed assigns.
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

    /// Name of a slot (only the low bits of `slot` count), and the number of the slot among those of that name.
    fn at(&self, slot: u64) -> (&Name, u64) {
        let slot = slot as usize & (SLOTS - 1);
        let name = &self.names[usize::from(self.slots[slot])];
        (name, slot as u64 - u64::from(name.first_slot))
    }
}

/// Lower-case ASCII letters of a name, without accents.
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

/// Appends a decimal number without the overhead of `format!`.
pub(crate) fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}
