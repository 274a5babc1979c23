// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Three programs that stress different parts of an EVM. Each returns its result and the gas it used inside, so that
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
}
