// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Programs that stress different parts of an EVM. Each returns its result and the gas it used inside, so that
/// engines can be compared on both.
contract Workloads {
    mapping(address => uint256) private balances;

    /// Checked arithmetic on small integers: the longest Collatz chain that starts below n.
    function collatz(uint256 n) external view returns (uint256 best, uint256 gasUsed) {
        uint256 before = gasleft();
        for (uint256 i = 1; i < n; i++) {
            uint256 x = i;
            uint256 steps = 0;
            while (x != 1) {
                x = x % 2 == 0 ? x / 2 : 3 * x + 1;
                steps++;
            }
            if (steps > best) best = steps;
        }
        gasUsed = before - gasleft();
    }

    /// Memory traffic: insertion sort of n pseudo-random words.
    function sort(uint256 n) external view returns (uint256 digest, uint256 gasUsed) {
        uint256 before = gasleft();
        uint256[] memory a = new uint256[](n);
        uint256 seed = 42;
        for (uint256 i = 0; i < n; i++) {
            seed = (seed * 1103515245 + 12345) % 2147483648;
            a[i] = seed;
        }
        for (uint256 i = 1; i < n; i++) {
            uint256 value = a[i];
            uint256 j = i;
            while (j > 0 && a[j - 1] > value) {
                a[j] = a[j - 1];
                j--;
            }
            a[j] = value;
        }
        for (uint256 i = 0; i < n; i++) digest = digest * 31 % 1000000007 + a[i];
        gasUsed = before - gasleft();
    }

    /// 256-bit modular arithmetic: n rounds of MULMOD and ADDMOD over the BN254 field.
    function modular(uint256 n) external view returns (uint256 x, uint256 gasUsed) {
        uint256 before = gasleft();
        uint256 p = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
        x = 7;
        uint256 y = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef % p;
        for (uint256 i = 0; i < n; i++) {
            x = addmod(mulmod(x, y, p), i, p);
            y = mulmod(y, x, p);
        }
        gasUsed = before - gasleft();
    }

    /// 256-bit arithmetic: n rounds of sums, products and quotients of full words.
    function words(uint256 n) external view returns (uint256 x, uint256 gasUsed) {
        uint256 before = gasleft();
        unchecked {
            x = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef;
            uint256 y = x ^ type(uint256).max;
            for (uint256 i = 0; i < n; i++) {
                x = x * y + i;
                y = (y ^ (x >> 7)) - (x << 13);
                x ^= y / (i + 3);
            }
        }
        gasUsed = before - gasleft();
    }

    /// Hash-like: n rounds of 32-bit rotations, sums and selections, as in SHA-256.
    function rounds(uint256 n) external view returns (uint256 digest, uint256 gasUsed) {
        uint256 before = gasleft();
        unchecked {
            uint32 a = 0x6a09e667;
            uint32 b = 0xbb67ae85;
            uint32 c = 0x3c6ef372;
            uint32 e = 0x510e527f;
            for (uint256 i = 0; i < n; i++) {
                uint32 s1 = (e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7);
                uint32 ch = (e & b) ^ (~e & c);
                uint32 t = s1 + ch + 0x428a2f98 + uint32(i);
                uint32 s0 = (a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10);
                c = b;
                b = a;
                e = a + t;
                a = t + s0;
            }
            digest = uint256(a) << 96 | uint256(b) << 64 | uint256(c) << 32 | e;
        }
        gasUsed = before - gasleft();
    }

    /// Keccak-bound: a chain of n hashes of 64 bytes.
    function hashes(uint256 n) external view returns (uint256 digest, uint256 gasUsed) {
        uint256 before = gasleft();
        for (uint256 i = 0; i < n; i++) {
            assembly ("memory-safe") {
                mstore(0, digest)
                mstore(32, i)
                digest := keccak256(0, 64)
            }
        }
        gasUsed = before - gasleft();
    }

    event Transfer(address indexed from, address indexed to, uint256 value);

    /// Storage: n ERC-20 transfers among 64 accounts, checks and events included.
    function transfers(uint256 n) external returns (uint256 digest, uint256 gasUsed) {
        uint256 before = gasleft();
        for (uint256 i = 0; i < 64; i++) balances[address(uint160(i + 1))] = 1 ether;
        for (uint256 i = 0; i < n; i++) {
            address from = address(uint160(i % 64 + 1));
            address to = address(uint160((i * 7 + 3) % 64 + 1));
            uint256 amount = i % 1000;
            require(balances[from] >= amount, "balance");
            balances[from] -= amount;
            balances[to] += amount;
            emit Transfer(from, to, amount);
        }
        for (uint256 i = 0; i < 64; i++) digest = digest * 31 % 1000000007 + balances[address(uint160(i + 1))];
        gasUsed = before - gasleft();
    }

    /// Internal calls: the n-th Fibonacci number by plain recursion.
    function fibonacci(uint256 n) external view returns (uint256 value, uint256 gasUsed) {
        uint256 before = gasleft();
        value = fib(n);
        gasUsed = before - gasleft();
    }

    function fib(uint256 n) private pure returns (uint256) {
        return n < 2 ? n : fib(n - 1) + fib(n - 2);
    }
}
