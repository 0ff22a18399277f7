/** The smallest API with a guard: one route, one scope, nothing of a framework. */

import { createServer } from 'node:http'
import { createGuard } from '@countersign/guard'
import { guarded } from '@countersign/guard/node-http'

const port = Number(process.env['PORT'] ?? 3000)
const origin = `http://127.0.0.1:${port}`

const guard = createGuard({
  issuer: process.env['ISSUER'] ?? 'http://127.0.0.1:4000',
  audience: origin,
  // Tokens may be bound to a key. These two are what it takes to check their proofs, and that each comes once.
  origin,
  replay: 'memory-one-process',
})

const greet = guarded(guard, { scope: 'read' }, (_request, response, grant) => {
  response.end(`Hello, ${grant.subject}.\n`)
})

createServer(greet).listen(port, '127.0.0.1', () => console.log(`listening on ${origin}`))
