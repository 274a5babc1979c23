//! 0x-prefixed hex, as the harness writes all bytes and numbers.

use revm::primitives::{hex, Address, Bytes, B256, U256};

pub fn bytes(text: &str) -> Bytes {
    hex::decode(text).unwrap_or_else(|_| panic!("not hex: {text}")).into()
}

pub fn address(text: &str) -> Address {
    Address::from_slice(&bytes(text))
}

pub fn hash(text: &str) -> B256 {
    B256::from_slice(&bytes(text))
}

pub fn number(text: &str) -> U256 {
    U256::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_else(|_| panic!("not a number: {text}"))
}

pub fn small(text: &str) -> u64 {
    number(text).saturating_to()
}

pub fn wei(text: &str) -> u128 {
    number(text).saturating_to()
}
