/**
 * The benign client: logs in and makes one transfer with the token.
 */

import type { ClientOptions } from '../running-server.ts'
import { formatKeyValues } from '../wire/key-values.ts'
import { openLineClient } from '../wire/line-client.ts'

export async function runHmacClient(url: string, { report }: ClientOptions): Promise<void> {
  const client = await openLineClient(url, { report })
  const login = await client.send('action=init&username=alice&password=123456', 'log in')
  const token = /Your token: (\S+)$/.exec(login)?.[1] ?? ''
  await client.send(formatKeyValues({ token, action: 'transfer', amount: '1000' }), 'transfer $1000')
  client.close()
}
