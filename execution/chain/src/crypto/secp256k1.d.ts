declare module 'secp256k1' {
  const secp256k1: {
    /** 65 bytes: 0x04 ‖ x ‖ y. Throws when there is no such key. */
    ecdsaRecover(
      signature: Uint8Array,
      recoveryId: number,
      message: Uint8Array,
      compressed: false,
    ): Uint8Array
  }
  export default secp256k1
}
