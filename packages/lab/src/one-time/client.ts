/**
 * The benign client: asks for a token, uses it, and uses it again to see it refused.
 */

import type { ClientOptions } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'

export async function runOneTimeClient(url: string, { report }: ClientOptions): Promise<void> {
  const client = createHttpClient(url, { report })
  const issued = await client.post('/request-token', { form: { user_id: 'user123' }, note: 'ask for a token' })
  const token = textMember(issued, 'access_token') ?? ''
  const headers = { Authorization: `Bearer ${token}` }
  await client.get('/secure-data', { headers, note: 'use it' })
  await client.get('/secure-data', { headers, note: 'use it again: refused' })
}
