//! The state before a block, and the block's environment.

use std::convert::Infallible;
use std::str::FromStr;

use revm::context::{BlockEnv, CfgEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database_interface::DatabaseRef;
use revm::primitives::hardfork::SpecId;
use revm::primitives::map::HashMap;
use revm::primitives::{Address, Bytes, B256, KECCAK_EMPTY, U256};
use revm::state::{AccountInfo, Bytecode};

use crate::hex;
use crate::input::{BlockInput, WorldInput};

#[derive(Default)]
pub struct World {
    pub block: BlockEnv,
    pub config: CfgEnv,
    state: State,
}

#[derive(Default)]
struct State {
    accounts: HashMap<Address, AccountInfo>,
    slots: HashMap<Address, HashMap<U256, U256>>,
    codes: HashMap<B256, Code>,
    block_hashes: HashMap<u64, B256>,
}

enum Code {
    Raw(Bytes),
    Analysed(Bytecode),
}

impl From<WorldInput> for World {
    fn from(input: WorldInput) -> Self {
        let spec = SpecId::from_str(&input.fork).unwrap_or_else(|_| panic!("no fork {}", input.fork));
        let mut state = State::default();
        for account in &input.accounts {
            let address = hex::address(&account.address);
            let info = AccountInfo {
                balance: hex::number(&account.balance),
                nonce: hex::small(&account.nonce),
                code_hash: account.code_hash.as_deref().map_or(KECCAK_EMPTY, hex::hash),
                code: None,
                ..AccountInfo::default()
            };
            state.accounts.insert(address, info);
            let slots = account.storage.iter().map(|(slot, value)| (hex::number(slot), hex::number(value)));
            state.slots.insert(address, slots.collect());
        }
        for (hash, code) in &input.codes {
            let raw = hex::bytes(code);
            let code = if input.analysed { Code::Analysed(Bytecode::new_raw(raw)) } else { Code::Raw(raw) };
            state.codes.insert(hex::hash(hash), code);
        }
        for (number, hash) in &input.block_hashes {
            state.block_hashes.insert(number.parse().expect("block numbers are decimal"), hex::hash(hash));
        }
        World { block: block_of(&input.block, spec), config: config_of(&input, spec), state }
    }
}

fn config_of(input: &WorldInput, spec: SpecId) -> CfgEnv {
    let mut config = CfgEnv::new().with_spec_and_mainnet_gas_params(spec).with_chain_id(input.chain_id);
    config.tx_chain_id_check = false;
    if input.relaxed {
        config.disable_nonce_check = true;
        config.disable_balance_check = true;
        config.disable_block_gas_limit = true;
        config.disable_base_fee = true;
        config.disable_fee_charge = true;
        config.tx_gas_limit_cap = Some(u64::MAX);
    }
    config
}

fn block_of(input: &BlockInput, spec: SpecId) -> BlockEnv {
    let mut block = BlockEnv {
        number: hex::number(&input.number),
        beneficiary: hex::address(&input.coinbase),
        timestamp: hex::number(&input.timestamp),
        gas_limit: hex::small(&input.gas_limit),
        basefee: hex::small(&input.base_fee),
        difficulty: hex::number(&input.difficulty),
        ..BlockEnv::default()
    };
    block.prevrandao = spec.is_enabled_in(SpecId::MERGE).then(|| hex::hash(&input.prev_randao));
    block.blob_excess_gas_and_price = spec
        .is_enabled_in(SpecId::CANCUN)
        .then(|| BlobExcessGasAndPrice::new_with_spec(hex::small(&input.excess_blob_gas), spec));
    block
}

impl DatabaseRef for World {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.state.accounts.get(&address).cloned())
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(match self.state.codes.get(&hash) {
            Some(Code::Analysed(code)) => code.clone(),
            Some(Code::Raw(raw)) => Bytecode::new_raw(raw.clone()),
            None => Bytecode::default(),
        })
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        let slots = self.state.slots.get(&address);
        Ok(slots.and_then(|slots| slots.get(&slot)).copied().unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self.state.block_hashes.get(&number).copied().unwrap_or_default())
    }
}
