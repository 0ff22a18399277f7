/**
 * Remembers so many things by their text, and forgets those that are not asked for.
 *
 * In two generations: when the young one has half of them, the old one is dropped. That keeps what is in use, without an
 * account of who was used when.
 */

export interface BoundedMemory<T> {
  get(text: string): T | undefined
  set(text: string, value: T): void
  delete(text: string): void
}

export function boundedMemory<T>(maxEntries: number): BoundedMemory<T> {
  const generationSize = Math.floor(maxEntries / 2)
  let young = new Map<string, T>()
  let old = new Map<string, T>()

  const set = (text: string, value: T): void => {
    if (generationSize === 0) return
    if (young.size >= generationSize) {
      old = young
      young = new Map()
    }
    young.set(text, value)
  }

  return {
    set,
    get(text) {
      const inYoung = young.get(text)
      if (inYoung !== undefined) return inYoung
      const inOld = old.get(text)
      if (inOld !== undefined) set(text, inOld)
      return inOld
    },
    delete(text) {
      young.delete(text)
      old.delete(text)
    },
  }
}
