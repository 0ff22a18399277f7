import { expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { cutBody, keepLastField, startCarelessFront, takeFieldsFromQuery } from '../attacks/careless-front.fixture.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { RunningServer } from '../running-server.ts'
import { startOpaqueServer } from './server.ts'
import { createSessions } from './sessions.ts'
import type { Sessions } from './sessions.ts'
import { opaque } from './system.ts'

/** Starts a server with one thing wrong: in its sessions, or in a front before it. */
type Hole = () => Promise<RunningServer>

const holed = (makeSessions: () => Sessions): Hole => {
  return () => startOpaqueServer({}, makeSessions())
}
const front = (rewrite: Parameters<typeof startCarelessFront>[1]): Hole => {
  return async () => startCarelessFront(await startOpaqueServer({}), rewrite)
}

const holes: Partial<Record<AttackName, Hole>> = {
  'no-token': holed(() => {
    const sessions = createSessions()
    return { ...sessions, isOpen: (id, token) => token === '' || sessions.isOpen(id, token) }
  }),
  'forged-token': holed(() => ({ ...createSessions(), isOpen: (_, token) => /^[0-9a-f]{32}$/.test(token) })),
  'tampered-token': holed(() => {
    const prefixes = new Set<string>()
    const open = (id: string): string => {
      const token = createSessions().open(id)
      prefixes.add(token.slice(0, 31))
      return token
    }
    return { open, isOpen: (_, token) => prefixes.has(token.slice(0, 31)) }
  }),
  'token-of-other-user': holed(() => {
    const { open, isOpen } = createSessions()
    return { open: () => open('anybody'), isOpen: (_, token) => isOpen('anybody', token) }
  }),
  'token-in-query': front(takeFieldsFromQuery),
  'duplicate-field': front(keepLastField),
  'oversized-message': front(cutBody(200)),
}

test.each(Object.entries(holes))('%s gets in where the check against it is gone', async (attack, start) => {
  for await (const result of runAttacks(opaque, { start, attacks: [attack as AttackName] })) {
    expect(result).toMatchObject({ outcome: 'succeeded', expected: 'blocked' })
  }
})
