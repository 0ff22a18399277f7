/** `sealed`, the fifth rung: encrypted, authenticated, fresh, bound. */

import type { LabSystem } from '../lab-system.ts'
import { sealedAttacks } from './attacker.ts'
import { runSealedClient } from './client.ts'
import { startSealedServer } from './server.ts'

export const sealed: LabSystem = {
  name: 'sealed',
  transport: 'tcp',
  port: 5003,
  idea: 'encrypted, authenticated, fresh, bound',
  leavesOpen: [
    { what: 'one pre-shared key for all: whoever has it reads everybody, also what was recorded', closedBy: 'product' },
    { what: 'the hash of the password is as good as the password', closedBy: 'product' },
    { what: 'nonces are forgotten when the server stops: a login of the last minute works again', closedBy: 'product' },
    { what: 'messages can be delayed by up to 60 s, and delivered in another order', closedBy: null },
    { what: 'a client that is itself taken over', closedBy: null },
  ],
  start: (options) => startSealedServer(options),
  runClient: runSealedClient,
  attacks: sealedAttacks,
}
