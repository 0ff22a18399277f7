/**
 * `one-time`, as those who run it see it.
 */

import type { LabSystem } from '../lab-system.ts'
import { oneTimeAttacks } from './attacker.ts'
import { runOneTimeClient } from './client.ts'
import { startOneTimeServer } from './server.ts'

export const oneTime: LabSystem = {
  name: 'one-time',
  transport: 'http',
  port: 5000,
  idea: 'strict claims, each token works once',
  leavesOpen: [
    { what: 'a token stolen before its first use works for the thief', closedBy: 'sealed' },
    { what: 'anyone may ask for a token in any name, which makes the live one stale', closedBy: 'product' },
    { what: 'messages are readable', closedBy: 'sealed' },
  ],
  start: (options) => startOneTimeServer(options),
  runClient: runOneTimeClient,
  attacks: oneTimeAttacks,
}
