//! Maps by ids. The database assigns ids, so an attacker cannot choose colliding ones.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by id.
pub(super) type ById<T> = IntMap<i64, T>;
/// A map with integer keys.
pub(super) type IntMap<K, T> = HashMap<K, T, BuildHasherDefault<IdHasher>>;

/// A hasher that multiplies.
#[derive(Debug, Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // The map uses the low bits of the hash for the position, and the high bits for a tag.
        let spread = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ (spread >> 32);
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value.cast_unsigned());
    }
}
