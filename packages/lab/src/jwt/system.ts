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
    { what: 'a token replayed or stolen works until it expires', closedBy: 'one-time' },
    { what: 'a token cannot be revoked', closedBy: 'product' },
    { what: 'registration tells which names are taken', closedBy: 'product' },
    { what: 'messages are readable and can be changed', closedBy: 'sealed' },
  ],
  start: (options) => startJwtServer(options),
  runClient: runJwtClient,
  attacks: jwtAttacks,
}
