/**
 * `jwt`, as those who run it see it.
 */

import type { LabSystem } from '../lab-system.ts'
import { jwtAttacks } from './attacker.ts'
import { runJwtClient } from './client.ts'
import { startJwtServer } from './server.ts'

export const jwt: LabSystem = {
  name: 'jwt',
  transport: 'http',
  port: 8000,
  idea: 'a JWT, and secrets that rotate',
  leavesOpen: [
    { what: 'A token that is seen works for whoever has it, again and again, until it expires.', closedBy: 'one-time' },
    { what: 'A token cannot be revoked.', closedBy: 'product' },
    { what: 'Registration tells which names are taken.', closedBy: 'product' },
    { what: 'Passwords, tokens and phones can be read and changed on the wire.', closedBy: 'sealed' },
  ],
  start: (options) => startJwtServer(options),
  runClient: runJwtClient,
  attacks: jwtAttacks,
}
