//! Executes the transactions of a request in order, as often as asked for, and takes the CPU time of each run.

use revm::context::result::ExecutionResult;
use revm::context::transaction::{AccessList, AccessListItem};
use revm::context::TxEnv;
use revm::database::CacheDB;
use revm::primitives::{hex as digits, Address, Bytes, TxKind};
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext, SystemCallCommitEvm};

use crate::hex;
use crate::input::{LogOutput, Outcome, ResultOutput, RunInput, TransactionInput};
use crate::world::World;

pub fn run(world: &World, request: RunInput) -> Result<Outcome, String> {
    let opening: Vec<(Address, Bytes)> =
        request.opening.iter().map(|(to, data)| (hex::address(to), hex::bytes(data))).collect();
    let transactions: Vec<TxEnv> = request.transactions.iter().map(transaction).collect();
    let mut nanoseconds = Vec::with_capacity(request.runs as usize);
    let mut results = Vec::new();
    for _ in 0..request.runs {
        let started = cpu_nanoseconds();
        results = execute(world, &opening, &transactions)?;
        nanoseconds.push(cpu_nanoseconds() - started);
    }
    Ok(Outcome { nanoseconds, results: results.iter().map(describe).collect() })
}

fn execute(
    world: &World,
    opening: &[(Address, Bytes)],
    transactions: &[TxEnv],
) -> Result<Vec<ExecutionResult>, String> {
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(world))
        .with_cfg(world.config.clone())
        .with_block(world.block.clone())
        .build_mainnet();
    for (to, data) in opening {
        evm.system_call_commit(*to, data.clone()).map_err(|error| format!("{error:?}"))?;
    }
    transactions
        .iter()
        .map(|transaction| evm.transact_commit(transaction.clone()).map_err(|error| format!("{error:?}")))
        .collect()
}

fn transaction(input: &TransactionInput) -> TxEnv {
    let access_list = input.access_list.iter().map(|(address, keys)| AccessListItem {
        address: hex::address(address),
        storage_keys: keys.iter().map(|key| hex::hash(key)).collect(),
    });
    TxEnv {
        tx_type: input.kind,
        caller: hex::address(&input.from),
        gas_limit: hex::small(&input.gas),
        gas_price: hex::wei(&input.gas_price),
        kind: input.to.as_deref().map_or(TxKind::Create, |to| TxKind::Call(hex::address(to))),
        value: hex::number(&input.value),
        data: hex::bytes(&input.data),
        nonce: hex::small(&input.nonce),
        chain_id: None,
        access_list: AccessList(access_list.collect()),
        gas_priority_fee: input.priority_fee.as_deref().map(hex::wei),
        blob_hashes: input.blob_hashes.iter().map(|hash| hex::hash(hash)).collect(),
        max_fee_per_blob_gas: input.blob_fee.as_deref().map_or(0, hex::wei),
        authorization_list: Vec::new(),
    }
}

fn describe(result: &ExecutionResult) -> ResultOutput {
    let status = match result {
        ExecutionResult::Success { .. } => "success",
        ExecutionResult::Revert { .. } => "revert",
        ExecutionResult::Halt { .. } => "halt",
    };
    let logs = if result.is_success() { result.logs() } else { &[] };
    ResultOutput {
        status,
        gas_used: result.tx_gas_used(),
        output: result.output().map_or_else(|| "0x".into(), digits::encode_prefixed),
        logs: logs
            .iter()
            .map(|log| LogOutput {
                address: digits::encode_prefixed(log.address),
                topics: log.data.topics().iter().map(digits::encode_prefixed).collect(),
                data: digits::encode_prefixed(&log.data.data),
            })
            .collect(),
    }
}

/// CPU time of this process, user and system.
fn cpu_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec, and the clock exists on every Unix that the benchmarks run on.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) } != 0;
    assert!(!failed, "no CPU clock");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
