/**
 * Who is logged in: random tokens, kept as hashes, so that whoever reads the table can use none of them.
 */

import { randomBytes } from 'node:crypto'

import { equalsConstantTime, hashToken } from '@countersign/tokens'

export interface Sessions {
  /** Opens a session and answers its token. */
  open(id: string): string
  /** Whether the token is one of this id's. */
  isOpen(id: string, token: string): boolean
}

const mostOfOneId = 10
const mostInAll = 10_000

export function createSessions(): Sessions {
  /** Each id's hashes, and all hashes with their ids: the oldest first. */
  const hashesOf = new Map<string, string[]>()
  const idOf = new Map<string, string>()

  const closeOldest = (hash: string | undefined): void => {
    if (hash === undefined) return
    const id = idOf.get(hash) ?? ''
    const rest = (hashesOf.get(id) ?? []).filter((other) => other !== hash)
    idOf.delete(hash)
    if (rest.length > 0) hashesOf.set(id, rest)
    else hashesOf.delete(id)
  }

  return {
    open: (id) => {
      const ofThisId = hashesOf.get(id) ?? []
      if (ofThisId.length >= mostOfOneId) closeOldest(ofThisId[0])
      if (idOf.size >= mostInAll) closeOldest(idOf.keys().next().value)
      const token = randomBytes(16).toString('hex')
      const hash = hashToken(token)
      idOf.set(hash, id)
      hashesOf.set(id, [...(hashesOf.get(id) ?? []), hash])
      return token
    },
    isOpen: (id, token) => {
      const hash = hashToken(token)
      // All of them, whichever matches: how long it takes says nothing of where.
      return (hashesOf.get(id) ?? []).filter((other) => equalsConstantTime(other, hash)).length > 0
    },
  }
}
