// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A plain ERC-20.
contract Token {
    string public name;
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(string memory name_, uint256 supply) {
        name = name_;
        totalSupply = supply;
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        require(to != address(0), "to nobody");
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// A pool of two tokens with constant product and a fee of 0.3 %, price sums included.
contract Pair {
    address public immutable token0;
    address public immutable token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private lastTimestamp;
    uint256 public price0Sum;
    uint256 public price1Sum;
    uint256 private unlocked = 1;

    event Swap(
        address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    modifier lock() {
        require(unlocked == 1, "locked");
        unlocked = 0;
        _;
        unlocked = 1;
    }

    constructor(address a, address b) {
        token0 = a;
        token1 = b;
    }

    function getReserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, lastTimestamp);
    }

    /// Takes what the pool holds as its reserves.
    function sync() external lock {
        update(balance(token0), balance(token1), reserve0, reserve1);
    }

    function swap(uint256 out0, uint256 out1, address to) external lock {
        require(out0 > 0 || out1 > 0, "nothing out");
        (uint112 before0, uint112 before1,) = getReserves();
        require(out0 < before0 && out1 < before1, "liquidity");
        require(to != token0 && to != token1, "to a token");
        if (out0 > 0) require(Token(token0).transfer(to, out0), "transfer");
        if (out1 > 0) require(Token(token1).transfer(to, out1), "transfer");
        uint256 after0 = balance(token0);
        uint256 after1 = balance(token1);
        uint256 in0 = after0 > before0 - out0 ? after0 - (before0 - out0) : 0;
        uint256 in1 = after1 > before1 - out1 ? after1 - (before1 - out1) : 0;
        require(in0 > 0 || in1 > 0, "nothing in");
        uint256 adjusted0 = after0 * 1000 - in0 * 3;
        uint256 adjusted1 = after1 * 1000 - in1 * 3;
        require(adjusted0 * adjusted1 >= uint256(before0) * before1 * 1000 ** 2, "product");
        update(after0, after1, before0, before1);
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }

    function balance(address token) private view returns (uint256) {
        return Token(token).balanceOf(address(this));
    }

    function update(uint256 after0, uint256 after1, uint112 before0, uint112 before1) private {
        require(after0 <= type(uint112).max && after1 <= type(uint112).max, "too much");
        uint32 now32 = uint32(block.timestamp % 2 ** 32);
        unchecked {
            uint32 elapsed = now32 - lastTimestamp;
            if (elapsed > 0 && before0 != 0 && before1 != 0) {
                price0Sum += (uint256(before1) << 112) / before0 * elapsed;
                price1Sum += (uint256(before0) << 112) / before1 * elapsed;
            }
        }
        reserve0 = uint112(after0);
        reserve1 = uint112(after1);
        lastTimestamp = now32;
        emit Sync(reserve0, reserve1);
    }
}

/// Finds the amounts and moves the tokens.
contract Router {
    mapping(address => mapping(address => address)) public pairOf;

    /// Lists a pair under both orders of its tokens.
    function list(Pair pair) external {
        pairOf[pair.token0()][pair.token1()] = address(pair);
        pairOf[pair.token1()][pair.token0()] = address(pair);
    }

    function amountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut) public pure returns (uint256) {
        require(amountIn > 0 && reserveIn > 0 && reserveOut > 0, "amounts");
        uint256 withFee = amountIn * 997;
        return withFee * reserveOut / (reserveIn * 1000 + withFee);
    }

    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256 out) {
        require(deadline >= block.timestamp, "expired");
        out = amountIn;
        for (uint256 i = 0; i + 1 < path.length; i++) {
            Pair pair = Pair(pairOf[path[i]][path[i + 1]]);
            if (i == 0) require(Token(path[0]).transferFrom(msg.sender, address(pair), amountIn), "transfer");
            address receiver = i + 2 < path.length ? pairOf[path[i + 1]][path[i + 2]] : to;
            (uint112 r0, uint112 r1,) = pair.getReserves();
            if (pair.token0() == path[i]) {
                out = amountOut(out, r0, r1);
                pair.swap(0, out, receiver);
            } else {
                out = amountOut(out, r1, r0);
                pair.swap(out, 0, receiver);
            }
        }
        require(out >= amountOutMin, "too little");
    }
}

/// Sets up a market and trades on it.
contract Trader {
    Token public immutable a;
    Token public immutable b;
    Pair public immutable pair;
    Router public immutable router;

    constructor() {
        a = new Token("A", 1e27);
        b = new Token("B", 1e27);
        pair = new Pair(address(a), address(b));
        router = new Router();
        router.list(pair);
        a.transfer(address(pair), 1e24);
        b.transfer(address(pair), 3e24);
        pair.sync();
        a.approve(address(router), type(uint256).max);
        b.approve(address(router), type(uint256).max);
    }

    /// Gives tokens and lets the router take them: for those who trade by themselves.
    function fund(address who) external {
        a.transfer(who, 1e21);
    }

    /// Swaps n times, there and back in turn.
    function swaps(uint256 n) external returns (uint256 digest) {
        address[] memory path = new address[](2);
        for (uint256 i = 0; i < n; i++) {
            (path[0], path[1]) = i % 2 == 0 ? (address(a), address(b)) : (address(b), address(a));
            uint256 out = router.swapExactTokensForTokens(1e18 + i, 1, path, address(this), block.timestamp);
            digest = digest * 31 % 1000000007 + out;
        }
    }
}
