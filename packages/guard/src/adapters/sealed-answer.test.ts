/** What handlers do with the answer to a sealed request, beside sending it: none of it leaves in the clear. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, test } from 'vitest'
import { makeKey } from '../guard.fixture.ts'
import { openAnswer, sealText } from '../proofs/sealed/sealed.fixture.ts'
import { mintSessionToken, sessionKey, setUpSessionGuard } from '../proofs/session-keys.fixture.ts'
import * as forExpress from './express.ts'
import * as forHono from './hono.ts'
import * as forNodeHttp from './node-http.ts'

const issuerKey = await makeKey('k1')
const token = mintSessionToken(issuerKey)
const { guard } = setUpSessionGuard(issuerKey)
const demands = { sealed: true }
const secret = 'the amount is a secret'

/** Answers what a sealed request gets from this server. */
async function send(listener: RequestListener): Promise<{ readonly response: Response; readonly text: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const body = await sealText(token, sessionKey('seal-req'), { target: '/' })
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/jose' }
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const response = await fetch(url, { method: 'POST', headers, body })
    return { response, text: await response.text() }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

type Act = (response: ServerResponse) => unknown

const frameworks: Readonly<Record<string, (act: Act) => RequestListener>> = {
  'node:http': (act) => {
    const listener = forNodeHttp.guarded(guard, demands, (_request, response) => act(response))
    return (request, response) => void listener(request, response)
  },
  express: (act) =>
    express()
      .set('env', 'test')
      .post('/', forExpress.guarded(guard, demands), (_request, response) => void act(response)),
}

for (const [name, makeListener] of Object.entries(frameworks)) {
  describe(name, () => {
    test('trailers are left out: they would be in the clear', async () => {
      const { response, text } = await send(
        makeListener((answer) => {
          answer.setHeader('Trailer', 'X-Sum')
          answer.write(secret)
          answer.addTrailers({ 'X-Sum': secret })
          answer.end()
        }),
      )
      expect([response.status, response.headers.get('trailer')]).toEqual([200, null])
      expect(await openAnswer(text, sessionKey('seal-res'))).toMatchObject({ text: secret })
    })

    test('a list of header fields keeps those that come twice', async () => {
      const fields = ['Set-Cookie', 'a=1', 'Content-Type', 'text/plain', 'Set-Cookie', 'b=2']
      const { response, text } = await send(makeListener((answer) => answer.writeHead(201, fields).end(secret)))
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(await openAnswer(text, sessionKey('seal-res'))).toMatchObject({ header: { cs_status: 201 }, text: secret })
    })

    for (const status of [99, 199, 600, Number.NaN]) {
      test(`the status ${status} is answer_unsealable, without the handler's words`, async () => {
        const { response, text } = await send(
          makeListener((answer) => {
            answer.statusCode = status
            answer.end(secret)
          }),
        )
        expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: 'answer_unsealable' }])
        expect(text).not.toContain('secret')
      })
    }
  })
}

test('hono: a stream that breaks off is answer_unsealable, no fault of the request', async () => {
  const app = new Hono()
  const broken = (): ReadableStream => new ReadableStream({ pull: (controller) => controller.error(new Error(secret)) })
  app.post('/', forHono.guarded(guard, demands), () => new Response(broken()))
  const { response, text } = await send(getRequestListener(app.fetch))
  expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: 'answer_unsealable' }])
  expect(text).not.toContain('secret')
})
