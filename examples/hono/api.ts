/** The bank's API in Hono. */

import { grantOf, guarded } from '@countersign/guard/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { adviseOn, allTransfers, balanceOf, guard, origin, port, transfer } from '../bank.ts'

const app = new Hono()

// The token is bound to the client's key (DPoP): a stolen one is useless.
app.get('/balance', guarded(guard, { scope: 'read', proof: 'dpop' }), (context) => {
  return context.json({ balance: balanceOf(grantOf(context).subject) })
})

// Signed as a whole, and once: nobody changes the amount, and nobody sends it again.
app.post(
  '/transfers',
  guarded(guard, { scope: 'pay', proof: ['dpop', 'signature'], singleUse: true }),
  async (context) => {
    const order: unknown = await context.req.json().catch(() => undefined)
    const { status, body } = transfer(grantOf(context).subject, order)
    return context.json(body, status)
  },
)

// Question and answer are sealed: a proxy that ends TLS reads neither.
app.post('/advice', guarded(guard, { scope: 'read', proof: 'dpop', sealed: true }), async (context) => {
  return context.json(adviseOn(await context.req.text()))
})

// For some people only.
app.get('/transfers', guarded(guard, { role: 'auditor', proof: 'dpop' }), (context) => context.json(allTransfers()))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => console.log(`listening on ${origin}`))
