/**
 * The bits of a status list, of which none that was set is soon cleared again.
 *
 * Each list tells what is revoked as it is asked for, by whichever process of the issuer answers; none tells what is not
 * revoked after all. So an older list adds to what is known, and takes nothing away: it may come from a process whose clock
 * is behind, or from a cache. But not for ever: when the tokens of a place have long ended, another grant gets it.
 */

export interface StickyBits {
  /**
   * Answers the bits that are set here, or were in what was added less than so many seconds ago. None that was added
   * twice as long ago is among them.
   *
   * @param holding `now` in seconds that never go back.
   */
  add(bits: Uint8Array, holding: { readonly now: number; readonly holdSeconds: number }): Uint8Array
}

/** In two generations, each of which collects for so many seconds: that keeps no account of each bit's time. */
export function stickyBits(): StickyBits {
  let young: Uint8Array = new Uint8Array()
  let old: Uint8Array = new Uint8Array()
  let youngSince = -Infinity

  return {
    add(bits, { now, holdSeconds }) {
      const age = now - youngSince
      if (age >= holdSeconds) {
        old = age < 2 * holdSeconds ? young : new Uint8Array()
        young = new Uint8Array()
        youngSince = now
      }
      young = union(bits, young)
      return union(young, old)
    },
  }
}

function union(bits: Uint8Array, others: Uint8Array): Uint8Array {
  return bits.map((byte, at) => byte | (others[at] ?? 0))
}
