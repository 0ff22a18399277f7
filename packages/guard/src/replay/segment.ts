/**
 * One of the small hash tables that make up the memory replay store.
 *
 * Open addressing with linear probing in one typed array, three words a slot: two of hash, one of expiry (0: empty).
 * Nothing is removed but by `sweep`, which builds the table anew from what lives. Small tables are what keeps that short.
 */

const wordsPerSlot = 3
const maxLoad = 0.8
/** By how much the table outgrows what it holds when it is built: it is then 0.53 full. */
const growth = 1.5
const minCapacity = 8

export class Segment {
  /** When the first of the ids here may be forgotten. */
  earliest: number = Infinity
  /** The latest `until` of the ids that were forgotten. */
  forgottenUntil = 0
  #slots = new Uint32Array(0)
  #capacity = 0
  #used = 0

  /** Whether the table must be swept before an id is added. */
  get isCrowded(): boolean {
    return this.#used + 1 > this.#capacity * maxLoad
  }

  has(low: number, high: number, now: number): boolean {
    if (this.#capacity === 0) return false
    for (let at = this.#home(low); ; at = this.#next(at)) {
      const until = this.#slots[at + 2]
      if (until === 0 || until === undefined) return false
      if (until > now && this.#slots[at] === low && this.#slots[at + 1] === high) return true
    }
  }

  add(low: number, high: number, until: number): void {
    let at = this.#home(low)
    while (this.#slots[at + 2] !== 0) at = this.#next(at)
    this.#slots[at] = low
    this.#slots[at + 1] = high
    this.#slots[at + 2] = until
    this.#used++
    this.earliest = Math.min(this.earliest, until)
  }

  /** Forgets the ids whose time has come, and gives the table the size that fits the others. Returns how many it forgot. */
  sweep(now: number): number {
    const slots = this.#slots
    const usedBefore = this.#used
    let live = 0
    for (let at = 2; at < slots.length; at += wordsPerSlot) {
      const until = slots[at] ?? 0
      if (until > now) live++
      else if (until > this.forgottenUntil) this.forgottenUntil = until
    }
    this.#capacity = Math.max(minCapacity, Math.ceil((live / maxLoad) * growth))
    this.#slots = new Uint32Array(this.#capacity * wordsPerSlot)
    this.#used = 0
    this.earliest = Infinity
    for (let at = 0; at < slots.length; at += wordsPerSlot) {
      const until = slots[at + 2] ?? 0
      if (until > now) this.add(slots[at] ?? 0, slots[at + 1] ?? 0, until)
    }
    return usedBefore - live
  }

  #home(low: number): number {
    return Math.floor((low / 0x1_0000_0000) * this.#capacity) * wordsPerSlot
  }

  #next(at: number): number {
    return at + wordsPerSlot === this.#slots.length ? 0 : at + wordsPerSlot
  }
}
