import { expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import { startOpaqueServer } from './server.ts'
import { createSessions } from './sessions.ts'
import type { Sessions } from './sessions.ts'
import { opaque } from './system.ts'

/** Sessions with one thing wrong. */
type Hole = () => Sessions

const holes: Partial<Record<AttackName, Hole>> = {
  'no-token': () => {
    const sessions = createSessions()
    return { ...sessions, isOpen: (id, token) => token === '' || sessions.isOpen(id, token) }
  },
  'forged-token': () => ({ ...createSessions(), isOpen: (_, token) => /^[0-9a-f]{32}$/.test(token) }),
  'tampered-token': () => {
    const prefixes = new Set<string>()
    const open = (id: string): string => {
      const token = createSessions().open(id)
      prefixes.add(token.slice(0, 31))
      return token
    }
    return { open, isOpen: (_, token) => prefixes.has(token.slice(0, 31)) }
  },
  'token-of-other-user': () => {
    const { open, isOpen } = createSessions()
    return { open: () => open('anybody'), isOpen: (_, token) => isOpen('anybody', token) }
  },
}

test.each(Object.entries(holes))('%s gets in where the check against it is gone', async (attack, hole) => {
  const start = () => startOpaqueServer({}, hole())
  for await (const result of runAttacks(opaque, { start, attacks: [attack as AttackName] })) {
    expect(result).toMatchObject({ outcome: 'succeeded', expected: 'blocked' })
  }
})
