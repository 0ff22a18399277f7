/** Bits the other way round: alone, each in turn, and where CBC carries them into the plaintext. */

const blockBytes = 16

/** A copy for each bit. */
export function* flippedBits(bytes: Buffer): Iterable<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit++) yield flipBits(bytes, bit >> 3, 1 << (bit & 7))
}

/** A copy with these bits of one byte the other way round. */
export function flipBits(bytes: Buffer, at: number, bits: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ bits
  return copy
}

/**
 * What CBC allows where nothing authenticates: to change a byte of one block, at the price of the block before it.
 *
 * @param at Of the byte in the plaintext.
 */
export function changePlaintextByte<T extends { readonly iv: Buffer; readonly ciphertext: Buffer }>(
  encrypted: T,
  at: number,
  bits: number,
): T {
  if (at < blockBytes) return { ...encrypted, iv: flipBits(encrypted.iv, at, bits) }
  return { ...encrypted, ciphertext: flipBits(encrypted.ciphertext, at - blockBytes, bits) }
}
