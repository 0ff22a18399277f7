/** `hmac`, the second rung: a token that carries its own proof. */

import type { LabSystem } from '../lab-system.ts'
import { hmacAttacks } from './attacker.ts'
import { runHmacClient } from './client.ts'
import { startHmacServer } from './server.ts'

export const hmac: LabSystem = {
  name: 'hmac',
  transport: 'tcp',
  port: 5002,
  idea: 'a token that carries its own proof',
  leavesOpen: [
    { what: 'a token never expires', closedBy: 'jwt' },
    { what: 'a token replayed or stolen works', closedBy: 'one-time' },
    { what: 'readable in transit', closedBy: 'sealed' },
    { what: 'the amount is not covered by the MAC', closedBy: 'sealed' },
    { what: 'no roles', closedBy: 'product' },
  ],
  start: (options) => startHmacServer(options),
  runClient: runHmacClient,
  attacks: hmacAttacks,
}
