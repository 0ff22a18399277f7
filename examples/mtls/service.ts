/** A service that calls the API: one certificate proves who it is at the server, and that the token is its own at the API. */

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const { ISSUER: issuer = 'https://localhost:4000', CERTIFICATES: folder = '.' } = process.env
const { API: api = 'https://localhost:3443', CLIENT: client = 'reporter' } = process.env
const read = (name: string): Buffer => readFileSync(join(folder, name))

const agent = new Agent({ key: read('service-key.pem'), cert: read('service.pem'), ca: read('ca.pem') })

const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, resource: api })
const answer = await send(`${issuer}/oauth/token`, { method: 'POST', body: form.toString() })
const { access_token: token } = JSON.parse(answer) as { readonly access_token?: string }
if (token === undefined) throw new Error(`the server issued no token: ${answer}`)

process.stdout.write(await send(api, { method: 'GET', headers: { authorization: `Bearer ${token}` } }))
agent.destroy()

interface Sent {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function send(url: string, { method, headers, body }: Sent): Promise<string> {
  const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: { ...type, ...headers } }, (response) => {
      text(response).then(resolve, reject)
    })
    sent.on('error', reject).end(body)
  })
}
