// geth's EVM as a peer of MetisVM's benchmarks. One JSON object a line on stdin, one a line on stdout:
// {"world": …} replaces the state, {"run": …} makes a call on it, any number of times.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"syscall"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/params"
)

type request struct {
	World *world `json:"world"`
	Run   *run   `json:"run"`
}

type world struct {
	Accounts []struct {
		Address  common.Address   `json:"address"`
		CodeHash *common.Hash     `json:"codeHash"`
		Storage  [][2]common.Hash `json:"storage"`
	} `json:"accounts"`
	Codes map[common.Hash]hexutil.Bytes `json:"codes"`
}

type run struct {
	Transactions []struct {
		From common.Address `json:"from"`
		To   common.Address `json:"to"`
		Gas  hexutil.Uint64 `json:"gas"`
		Data hexutil.Bytes  `json:"data"`
	} `json:"transactions"`
	Runs int `json:"runs"`
}

type result struct {
	Status  string        `json:"status"`
	GasUsed uint64        `json:"gasUsed"`
	Output  hexutil.Bytes `json:"output"`
	Logs    []string      `json:"logs"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	var db *state.StateDB
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var message request
		if err := json.Unmarshal(line, &message); err != nil {
			_ = out.Encode(map[string]string{"error": err.Error()})
			continue
		}
		if message.World != nil {
			db = open(message.World)
			_ = out.Encode(map[string]bool{"ok": true})
			continue
		}
		nanoseconds, results := execute(db, message.Run)
		_ = out.Encode(map[string]any{"nanoseconds": nanoseconds, "results": results})
	}
}

func open(world *world) *state.StateDB {
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	if err != nil {
		panic(err)
	}
	for _, account := range world.Accounts {
		db.CreateAccount(account.Address)
		if account.CodeHash != nil {
			db.SetCode(account.Address, world.Codes[*account.CodeHash], tracing.CodeChangeUnspecified)
		}
		for _, slot := range account.Storage {
			db.SetState(account.Address, slot[0], slot[1])
		}
	}
	db.Finalise(chain.Rules(chain.LondonBlock, true, 1))
	return db
}

// chain has Prague's rules from the block on that all runs are in.
var chain = func() *params.ChainConfig {
	zero := uint64(0)
	config := *params.MainnetChainConfig
	config.ShanghaiTime, config.CancunTime, config.PragueTime = &zero, &zero, &zero
	config.OsakaTime, config.BPO1Time, config.BPO2Time = nil, nil, nil
	return &config
}()

// execute makes the calls of a run, each on the world as it was opened.
func execute(db *state.StateDB, run *run) (nanoseconds []uint64, results []result) {
	for i := 0; i < run.Runs; i++ {
		results = results[:0]
		started := cpuNanoseconds()
		for _, transaction := range run.Transactions {
			snapshot := db.Snapshot()
			config := &runtime.Config{
				ChainConfig: chain,
				Origin:      transaction.From,
				Coinbase:    common.Address{19: 2},
				BlockNumber: chain.LondonBlock,
				Time:        1,
				Difficulty:  new(big.Int),
				Random:      &common.Hash{},
				BaseFee:     new(big.Int),
				BlobBaseFee: big.NewInt(1),
				GasLimit:    uint64(transaction.Gas),
				State:       db,
			}
			output, left, err := runtime.Call(transaction.To, transaction.Data, config)
			status := "success"
			if err != nil {
				status = fmt.Sprint(err)
			}
			results = append(results, result{status, uint64(transaction.Gas) - left, output, []string{}})
			db.RevertToSnapshot(snapshot)
		}
		nanoseconds = append(nanoseconds, cpuNanoseconds()-started)
	}
	return nanoseconds, results
}

// cpuNanoseconds is this process's CPU time, user and system, the garbage collector's included.
func cpuNanoseconds() uint64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return uint64(usage.Utime.Nano() + usage.Stime.Nano())
}
