/** `opaque`, the first rung: a random token, looked up. */

import type { LabSystem } from '../lab-system.ts'
import { opaqueAttacks } from './attacker.ts'
import { runOpaqueClient } from './client.ts'
import { startOpaqueServer } from './server.ts'

export const opaque: LabSystem = {
  name: 'opaque',
  transport: 'http',
  port: 5001,
  idea: 'a random token, looked up',
  leavesOpen: [
    { what: 'no proof of identity at login', closedBy: 'hmac' },
    { what: 'a token never expires', closedBy: 'jwt' },
    { what: 'a token replayed or stolen works', closedBy: 'one-time' },
    { what: 'the text is readable and can be changed', closedBy: 'sealed' },
  ],
  start: (options) => startOpaqueServer(options),
  runClient: runOpaqueClient,
  attacks: opaqueAttacks,
}
