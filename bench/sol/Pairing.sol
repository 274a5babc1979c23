// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// The arithmetic of a Groth16 verifier without precompiles: BN254's field tower Fp ⊂ Fp2 ⊂ Fp6 ⊂ Fp12 by MULMOD and
/// ADDMOD, points of G1 in Jacobian coordinates. A workload, not a verifier: lines are made up, results are digests.
contract Pairing {
    uint256 private constant P = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    struct Fp2 {
        uint256 c0;
        uint256 c1;
    }

    struct Fp6 {
        Fp2 c0;
        Fp2 c1;
        Fp2 c2;
    }

    struct Fp12 {
        Fp6 c0;
        Fp6 c1;
    }

    struct G1 {
        uint256 x;
        uint256 y;
        uint256 z;
    }

    /// The inputs' sum (two points times 64-bit scalars), then `steps` steps as of a Miller loop: f := f² · line.
    function verify(uint256 steps) external pure returns (uint256 digest) {
        G1 memory sum = scaled(G1(1, 2, 1), 0x9e3779b97f4a7c15);
        sum = added(sum, scaled(doubled(G1(1, 2, 1)), 0xbf58476d1ce4e5b9));
        Fp12 memory f = seeded(sum.x);
        for (uint256 i = 0; i < steps; i++) {
            f = squared(f);
            f = multiplied(f, line(sum, i));
            if (i % 8 == 7) sum = doubled(sum);
        }
        digest = uint256(keccak256(abi.encode(f, sum)));
    }

    function seeded(uint256 seed) private pure returns (Fp12 memory) {
        return Fp12(
            Fp6(Fp2(seed, 1), Fp2(mulmod(seed, 3, P), 5), Fp2(7, seed)),
            Fp6(Fp2(seed, 9), Fp2(11, mulmod(seed, 13, P)), Fp2(17, 19))
        );
    }

    /// Of a line through the point only three of the six coefficients are not zero.
    function line(G1 memory at, uint256 i) private pure returns (Fp12 memory value) {
        value.c0.c0 = Fp2(at.y, 0);
        value.c1.c0 = Fp2(addmod(at.x, i, P), at.z);
        value.c1.c1 = Fp2(at.z, mulmod(at.x, at.y, P));
    }

    function squared(Fp12 memory a) private pure returns (Fp12 memory r) {
        // (a0 + a1 w)² = (a0 + a1)(a0 + v a1) - a0 a1 - v a0 a1 + 2 a0 a1 w
        Fp6 memory product = multiplied(a.c0, a.c1);
        Fp6 memory mixed = multiplied(sum6(a.c0, a.c1), sum6(a.c0, shifted(a.c1)));
        r.c0 = difference6(difference6(mixed, product), shifted(product));
        r.c1 = sum6(product, product);
    }

    function multiplied(Fp12 memory a, Fp12 memory b) private pure returns (Fp12 memory r) {
        Fp6 memory low = multiplied(a.c0, b.c0);
        Fp6 memory high = multiplied(a.c1, b.c1);
        Fp6 memory mixed = multiplied(sum6(a.c0, a.c1), sum6(b.c0, b.c1));
        r.c0 = sum6(low, shifted(high));
        r.c1 = difference6(difference6(mixed, low), high);
    }

    function multiplied(Fp6 memory a, Fp6 memory b) private pure returns (Fp6 memory r) {
        Fp2 memory p0 = multiplied(a.c0, b.c0);
        Fp2 memory p1 = multiplied(a.c1, b.c1);
        Fp2 memory p2 = multiplied(a.c2, b.c2);
        Fp2 memory m12 = multiplied(sum2(a.c1, a.c2), sum2(b.c1, b.c2));
        Fp2 memory m01 = multiplied(sum2(a.c0, a.c1), sum2(b.c0, b.c1));
        Fp2 memory m02 = multiplied(sum2(a.c0, a.c2), sum2(b.c0, b.c2));
        r.c0 = sum2(p0, byXi(difference2(difference2(m12, p1), p2)));
        r.c1 = sum2(difference2(difference2(m01, p0), p1), byXi(p2));
        r.c2 = sum2(difference2(difference2(m02, p0), p2), p1);
    }

    /// Karatsuba over i² = -1.
    function multiplied(Fp2 memory a, Fp2 memory b) private pure returns (Fp2 memory) {
        uint256 low = mulmod(a.c0, b.c0, P);
        uint256 high = mulmod(a.c1, b.c1, P);
        uint256 mixed = mulmod(addmod(a.c0, a.c1, P), addmod(b.c0, b.c1, P), P);
        return Fp2(addmod(low, P - high, P), addmod(mixed, P - addmod(low, high, P), P));
    }

    /// Times ξ = 9 + i, the cubic non-residue of the tower.
    function byXi(Fp2 memory a) private pure returns (Fp2 memory) {
        return Fp2(
            addmod(mulmod(9, a.c0, P), P - a.c1, P), addmod(mulmod(9, a.c1, P), a.c0, P)
        );
    }

    /// Times v.
    function shifted(Fp6 memory a) private pure returns (Fp6 memory) {
        return Fp6(byXi(a.c2), a.c0, a.c1);
    }

    function sum2(Fp2 memory a, Fp2 memory b) private pure returns (Fp2 memory) {
        return Fp2(addmod(a.c0, b.c0, P), addmod(a.c1, b.c1, P));
    }

    function difference2(Fp2 memory a, Fp2 memory b) private pure returns (Fp2 memory) {
        return Fp2(addmod(a.c0, P - b.c0, P), addmod(a.c1, P - b.c1, P));
    }

    function sum6(Fp6 memory a, Fp6 memory b) private pure returns (Fp6 memory) {
        return Fp6(sum2(a.c0, b.c0), sum2(a.c1, b.c1), sum2(a.c2, b.c2));
    }

    function difference6(Fp6 memory a, Fp6 memory b) private pure returns (Fp6 memory) {
        return Fp6(difference2(a.c0, b.c0), difference2(a.c1, b.c1), difference2(a.c2, b.c2));
    }

    function scaled(G1 memory point, uint256 scalar) private pure returns (G1 memory result) {
        while (scalar > 0) {
            if (scalar & 1 == 1) result = added(result, point);
            point = doubled(point);
            scalar >>= 1;
        }
    }

    function doubled(G1 memory p) private pure returns (G1 memory) {
        uint256 a = mulmod(p.x, p.x, P);
        uint256 b = mulmod(p.y, p.y, P);
        uint256 c = mulmod(b, b, P);
        uint256 d = mulmod(mulmod(4, p.x, P), b, P);
        uint256 e = mulmod(3, a, P);
        uint256 x = addmod(mulmod(e, e, P), P - mulmod(2, d, P), P);
        uint256 y = addmod(mulmod(e, addmod(d, P - x, P), P), P - mulmod(8, c, P), P);
        return G1(x, y, mulmod(2, mulmod(p.y, p.z, P), P));
    }

    function added(G1 memory p, G1 memory q) private pure returns (G1 memory) {
        if (p.z == 0) return q;
        if (q.z == 0) return p;
        uint256 zp = mulmod(p.z, p.z, P);
        uint256 zq = mulmod(q.z, q.z, P);
        uint256 u = mulmod(p.x, zq, P);
        uint256 h = addmod(mulmod(q.x, zp, P), P - u, P);
        uint256 s = mulmod(p.y, mulmod(q.z, zq, P), P);
        uint256 r = addmod(mulmod(q.y, mulmod(p.z, zp, P), P), P - s, P);
        return summed(u, h, s, r, mulmod(p.z, q.z, P));
    }

    /// The sum of two points from their u and s coordinates, the differences h and r, and the product of their z.
    function summed(uint256 u, uint256 h, uint256 s, uint256 r, uint256 z) private pure returns (G1 memory) {
        uint256 h2 = mulmod(h, h, P);
        uint256 h3 = mulmod(h, h2, P);
        uint256 v = mulmod(u, h2, P);
        uint256 x = addmod(addmod(mulmod(r, r, P), P - h3, P), P - mulmod(2, v, P), P);
        uint256 y = addmod(mulmod(r, addmod(v, P - x, P), P), P - mulmod(s, h3, P), P);
        return G1(x, y, mulmod(h, z, P));
    }
}
