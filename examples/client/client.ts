/** Signs in and calls each route of the bank's API, with the proofs that it demands. Its session is kept in memory. */

import { createClient, memoryStorage } from '@countersign/client'

// Not USERNAME: many a desktop sets that to whoever sits at it.
const { ACCOUNT: username = 'ada', PASSWORD: password = '', API: api = 'http://127.0.0.1:3000' } = process.env

const client = createClient({
  issuer: process.env['ISSUER'] ?? 'http://127.0.0.1:4000',
  clientId: process.env['CLIENT'] ?? 'bank-app',
  storage: memoryStorage(),
})

const step = await client.signIn.password({ username, password, scope: 'openid read pay', resource: api })
if (step.status !== 'signed-in') throw new Error(`the server wants more: ${step.challenge.methods.join(', ')}`)

// A proof of the key that the token is bound to (DPoP) goes with every call.
await show('GET /balance', client.fetch(`${api}/balance`))

const order = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ to: 'landlord', amount: 900 }),
}
await show('POST /transfers', client.fetch(`${api}/transfers`, { ...order, proof: 'signature', singleUse: true }))

await show('POST /advice', client.fetch(`${api}/advice`, { method: 'POST', body: 'Shall I buy?', sealed: true }))

await show('GET /transfers', client.fetch(`${api}/transfers`))

console.log(`signed out: ${await client.signOut()}`)

async function show(what: string, answered: Promise<Response>): Promise<void> {
  const answer = await answered
  console.log(`${what} → ${answer.status} ${await answer.text()}`)
}
