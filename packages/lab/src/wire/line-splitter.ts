/**
 * Bytes into lines, whatever the pieces that they come in. A line too long is told once, and its rest dropped.
 */

import { Buffer } from 'node:buffer'

export interface LineSplitter {
  /** The lines that this piece completes, without their ends. */
  split(chunk: Buffer): Iterable<Buffer | 'too long'>
  /** Whether bytes of a line have come and not its end. False for a line that was told as too long. */
  isInsideLine(): boolean
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

export function createLineSplitter(mostBytes: number): LineSplitter {
  let pieces: Buffer[] = []
  let length = 0
  let isDropping = false

  /** One byte more is allowed while it may still be the `\r` of the line's end. */
  const isTooLong = (piece: Buffer): boolean =>
    length > mostBytes + 1 || (length === mostBytes + 1 && piece.at(-1) !== carriageReturn)

  const takeLine = (): Buffer => {
    const line = Buffer.concat(pieces)
    pieces = []
    length = 0
    return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
  }

  return {
    *split(chunk) {
      let rest = chunk
      while (rest.length > 0) {
        const end = rest.indexOf(lineFeed)
        const piece = end === -1 ? rest : rest.subarray(0, end)
        rest = end === -1 ? Buffer.alloc(0) : rest.subarray(end + 1)
        if (!isDropping) {
          length += piece.length
          if (piece.length > 0) pieces.push(piece)
          if (isTooLong(piece)) {
            pieces = []
            length = 0
            isDropping = true
            yield 'too long'
          }
        }
        if (end === -1) continue
        if (isDropping) isDropping = false
        else yield takeLine()
      }
    },
    isInsideLine: () => length > 0,
  }
}
