/** The bank's API in Fastify. */

import { grantOf, guarded, guardedRoute } from '@countersign/guard/fastify'
import fastify from 'fastify'
import { adviseOn, allTransfers, balanceOf, guard, origin, port, transfer } from '../bank.ts'

const app = fastify()

// The token is bound to the client's key (DPoP): a stolen one is useless.
app.get('/balance', { preHandler: guarded(guard, { scope: 'read', proof: 'dpop' }) }, (request) => {
  return { balance: balanceOf(grantOf(request).subject) }
})

// Signed as a whole, and once: nobody changes the amount, and nobody sends it again. What Fastify parses are the very
// bytes that were signed.
app.post(
  '/transfers',
  guardedRoute(guard, { scope: 'pay', proof: ['dpop', 'signature'], singleUse: true }),
  (request, reply) => {
    const { status, body } = transfer(grantOf(request).subject, request.body)
    return reply.code(status).send(body)
  },
)

// Question and answer are sealed: a proxy that ends TLS reads neither.
app.post('/advice', guardedRoute(guard, { scope: 'read', proof: 'dpop', sealed: true }), (request) => {
  return adviseOn(String(request.body))
})

// For some people only.
app.get('/transfers', { preHandler: guarded(guard, { role: 'auditor', proof: 'dpop' }) }, () => allTransfers())

await app.listen({ port, host: '127.0.0.1' })
console.log(`listening on ${origin}`)
