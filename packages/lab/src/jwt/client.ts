/**
 * The benign client: registers, logs in, adds a phone and reads it back.
 */

import { randomBytes } from 'node:crypto'

import type { ClientOptions } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'

export async function runJwtClient(url: string, { report }: ClientOptions): Promise<void> {
  const client = createHttpClient(url, { report })
  // Of its own, since the server may know others already.
  const form = { username: `user-${randomBytes(3).toString('hex')}`, password: 'correct horse battery staple' }
  await client.post('/register', { form, note: 'register' })
  const login = await client.post('/login', { form, note: 'log in' })
  const headers = { Authorization: `Bearer ${textMember(login, 'token') ?? ''}` }
  await client.post('/api/phone/', { headers, form: { phone: '+1 555 0100' }, note: 'add a phone' })
  await client.get('/api/phone/', { headers, note: 'get the phones' })
}
