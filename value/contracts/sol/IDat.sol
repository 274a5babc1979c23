// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What may be done with a data asset, and what its ancestors earn from it.
/// @param licence Hash of the licence text; zero if none is given.
/// @param ancestorBps Share of what this asset earns that goes on to its ancestors, in hundredths of a percent.
/// @param transferable Whether its DATs may change hands and their value be split, merged or moved.
struct Policy {
    bytes32 licence;
    uint16 ancestorBps;
    bool transferable;
}

/// @notice A data asset: what all DATs of one class share. Fixed when it is anchored.
/// @param contentHash Hash of the content: of the dataset's manifest, or of the model program (keccak256).
/// @param creator Account that anchored it.
/// @param anchoredAt Time of that, in seconds.
/// @param policy Terms of use.
/// @param cid Content identifier under which it can be fetched.
/// @param metadata URI or JSON that describes it.
/// @param ancestors DATs that it was made from, all older than itself.
struct Asset {
    bytes32 contentHash;
    address creator;
    uint64 anchoredAt;
    Policy policy;
    string cid;
    string metadata;
    uint256[] ancestors;
}

/// @title What the fee router and the model registry need to know of DATs
interface IDat {
    /// @notice Owner of a DAT; zero if there is none with this id.
    function ownerOrZero(uint256 id) external view returns (address);

    /// @notice DATs that a DAT's asset was made from; empty if there is none with this id.
    function ancestorsOf(uint256 id) external view returns (uint256[] memory);

    /// @notice Share of a DAT's earnings that goes on to its ancestors, in hundredths of a percent.
    function ancestorBpsOf(uint256 id) external view returns (uint16);

    /// @notice Hash of a DAT's content; zero if there is none with this id.
    function contentHashOf(uint256 id) external view returns (bytes32);
}
