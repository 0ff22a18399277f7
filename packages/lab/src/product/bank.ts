/**
 * A bank behind the product's guard: the balance for whoever may read, and payments, each with a proof of the key that the
 * token is bound to. One may pay in three ways: with a token that is used once, with a signed request, with a sealed one.
 *
 * That the guard spends what is used once before the bank looks at the payment costs a careless client its token, and an
 * attacker his.
 */

import { Buffer } from 'node:buffer'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Demands, Guard } from '@countersign/guard'
import { bodyOf, guarded } from '@countersign/guard/node-http'

import type { RunningServer } from '../running-server.ts'
import { parseFields } from '../wire/http-body.ts'
import { HttpRefusal } from '../wire/http-refusal.ts'
import { closeHttp, listen } from '../wire/listening.ts'

/** What an app of the bank is configured with. The bank tells it to anyone: nothing in it is secret. */
export interface AppConfiguration {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
}

const startingBalance = 1000
const mostBodyBytes = 64 * 1024
const formType = 'application/x-www-form-urlencoded'

/** The guard is made for the bank's URL. */
export async function startBank(
  makeGuard: (origin: string) => Guard,
  configuration: AppConfiguration,
): Promise<RunningServer> {
  const server = createServer()
  const url = `http://${await listen(server, '127.0.0.1', 0)}`
  const guard = makeGuard(url)
  const routes = openRoutes(guard, configuration)
  server.on('request', (request, response) => {
    const path = (request.url ?? '').split('?', 1).join()
    const route = routes[`${request.method ?? ''} ${path}`]
    if (route === undefined) return send(response, 404, { error: 'Not found' })
    Promise.resolve(route(request, response)).catch((error: unknown) => {
      const { status, message } = error instanceof HttpRefusal ? error : new HttpRefusal(500, 'Internal error')
      send(response, status, { error: message })
    })
  })
  return {
    url,
    close: async () => {
      guard.close()
      await closeHttp(server)
    },
  }
}

type Routes = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>>

function openRoutes(guard: Guard, configuration: AppConfiguration): Routes {
  const balances = new Map<string, number>()
  const balanceOf = (subject: string): number => balances.get(subject) ?? startingBalance

  const paying: Demands = { scope: 'pay', proof: 'dpop' }
  const showBalance = guarded(guard, { scope: 'read', proof: 'dpop' }, (_request, response, { subject }) =>
    send(response, 200, { balance: balanceOf(subject) }),
  )
  const pay = (response: ServerResponse, subject: string, contentType: string | undefined, body: Buffer): void => {
    const field = parseFields(contentType, body)
    const [to = '', amount = ''] = [field('to'), field('amount')]
    if (to === '' || !/^[1-9][0-9]{0,8}$/.test(amount)) throw new HttpRefusal(400, 'Invalid payment')
    // From the look at the balance on nothing waits: what was read is still so when it is written.
    const balance = balanceOf(subject) - Number(amount)
    if (balance < 0) throw new HttpRefusal(409, 'Insufficient funds')
    balances.set(subject, balance)
    send(response, 200, { paid: Number(amount), to, balance })
  }
  const payOnce = guarded(guard, { ...paying, singleUse: true }, async (request, response, { subject }) =>
    pay(response, subject, request.headers['content-type'], await readBody(request)),
  )
  // What the guard has verified is read as a form, and nothing else.
  const payVerified = (demands: Demands) =>
    guarded(guard, { ...paying, ...demands }, (request, response, { subject }) =>
      pay(response, subject, formType, verifiedBody(request)),
    )
  return {
    'GET /': (_request, response) => send(response, 200, configuration),
    'GET /balance': showBalance,
    'POST /payments': payOnce,
    'POST /signed/payments': payVerified({ proof: ['dpop', 'signature'] }),
    'POST /sealed/payments': payVerified({ sealed: true }),
    'POST /sealed-and-signed/payments': payVerified({ sealed: true, proof: ['dpop', 'signature'] }),
  }
}

/** What the guard has read: the bytes that were signed, or sealed. */
function verifiedBody(request: IncomingMessage): Buffer {
  const body = bodyOf(request)
  if (body.length > mostBodyBytes) throw new HttpRefusal(413, 'Message too long')
  return Buffer.from(body)
}

/** What is too long is read to its end all the same: the sender reads no answer before. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= mostBodyBytes) chunks.push(chunk)
  }
  if (bytes > mostBodyBytes) throw new HttpRefusal(413, 'Message too long')
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(body))
}
