/** The bank's API in Express. */

import { bodyOf, grantOf, guarded } from '@countersign/guard/express'
import express from 'express'
import { adviseOn, allTransfers, balanceOf, guard, origin, port, transfer } from '../bank.ts'

const app = express()

// The token is bound to the client's key (DPoP): a stolen one is useless.
app.get('/balance', guarded(guard, { scope: 'read', proof: 'dpop' }), (request, response) => {
  response.json({ balance: balanceOf(grantOf(request).subject) })
})

// Signed as a whole, and once: nobody changes the amount, and nobody sends it again. The guard has read the body: these
// are the bytes that were signed, and no `express.json()` must come before.
app.post(
  '/transfers',
  guarded(guard, { scope: 'pay', proof: ['dpop', 'signature'], singleUse: true }),
  (request, response) => {
    const { status, body } = transfer(grantOf(request).subject, parseJson(bodyOf(request)))
    response.status(status).json(body)
  },
)

// Question and answer are sealed: a proxy that ends TLS reads neither.
app.post('/advice', guarded(guard, { scope: 'read', proof: 'dpop', sealed: true }), (request, response) => {
  response.json(adviseOn(Buffer.from(bodyOf(request)).toString()))
})

// For some people only.
app.get('/transfers', guarded(guard, { role: 'auditor', proof: 'dpop' }), (_request, response) => {
  response.json(allTransfers())
})

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
}

app.listen(port, '127.0.0.1', () => console.log(`listening on ${origin}`))
