//! What the harness sends and what it gets.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Request {
    World(Box<WorldInput>),
    Run(RunInput),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorldInput {
    /// revm's name of the fork, for example `Prague`.
    pub fork: String,
    pub chain_id: u64,
    pub block: BlockInput,
    pub accounts: Vec<AccountInput>,
    /// Code by its hash.
    pub codes: HashMap<String, String>,
    /// Hash by block number, decimal.
    pub block_hashes: HashMap<String, String>,
    /// Neither nonce, balance, fees nor the block's gas limit count, as in a call.
    pub relaxed: bool,
    /// Codes are analysed once, before anything runs; otherwise each time they are first read in a run.
    pub analysed: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct BlockInput {
    pub number: String,
    pub timestamp: String,
    pub coinbase: String,
    pub gas_limit: String,
    pub base_fee: String,
    pub difficulty: String,
    pub prev_randao: String,
    pub excess_blob_gas: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountInput {
    pub address: String,
    pub balance: String,
    pub nonce: String,
    pub code_hash: Option<String>,
    pub storage: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionInput {
    #[serde(rename = "type")]
    pub kind: u8,
    pub from: String,
    pub to: Option<String>,
    pub nonce: String,
    pub gas: String,
    pub gas_price: String,
    pub priority_fee: Option<String>,
    pub value: String,
    pub data: String,
    #[serde(default)]
    pub access_list: Vec<(String, Vec<String>)>,
    #[serde(default)]
    pub blob_hashes: Vec<String>,
    pub blob_fee: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunInput {
    /// System calls before the first transaction: address and data.
    #[serde(default)]
    pub opening: Vec<(String, String)>,
    pub transactions: Vec<TransactionInput>,
    /// How often all of it runs, each time from the world as it was sent.
    pub runs: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// CPU time of each run.
    pub nanoseconds: Vec<u64>,
    /// Of the last run.
    pub results: Vec<ResultOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultOutput {
    pub status: &'static str,
    pub gas_used: u64,
    pub output: String,
    pub logs: Vec<LogOutput>,
}

#[derive(Serialize)]
pub struct LogOutput {
    pub address: String,
    pub topics: Vec<String>,
    pub data: String,
}
