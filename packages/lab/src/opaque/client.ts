/**
 * The benign client: the four tests of the source.
 */

import type { ClientOptions } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpReply } from '../wire/http-client.ts'

const id = 'user@email.com'
const text = 'Hello from authenticated user!'

export async function runOpaqueClient(url: string, { report, print }: ClientOptions): Promise<void> {
  const client = createHttpClient(url, { report })
  const tell = (name: string, reply: HttpReply): void => {
    for (const line of [name, `Status code: ${reply.status}`, `Response: ${reply.text}`, '']) print?.(line)
  }

  tell('Test 1: Basic server connection', await client.get('/'))

  const login = await client.post('/login', { form: { id } })
  tell('Test 2: Login attempt', login)

  const token = textMember(login, 'token') ?? ''
  tell('Test 3: Protected request with valid token', await client.post('/echo', { form: { id, token, text } }))

  const invalid = { id, token: 'invalid_token', text }
  tell('Test 4: Protected request with invalid token', await client.post('/echo', { form: invalid }))
}
