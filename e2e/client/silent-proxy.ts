/** A proxy before a server that can lose an answer: what was asked is done, and whoever asked waits. */

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

export interface SilentProxy {
  /** Asks the server by way of the proxy, as clients do whose name for the server leads there. */
  readonly fetch: typeof fetch
  /** What the server answered: the status, by path, in its order. */
  readonly answered: { readonly path: string; readonly status: number | undefined }[]
  /** Keeps the next answer for this path for itself. */
  swallow(path: string): void
  close(): Promise<void>
}

export async function startSilentProxy(server: string): Promise<SilentProxy> {
  const answered: SilentProxy['answered'] = []
  let swallowed: string | undefined
  const proxy = createServer((asked, answer) => {
    const { method, url: path = '/', headers } = asked
    const passedOn = request(new URL(path, server), { method, headers }, (given) => {
      answered.push({ path, status: given.statusCode })
      if (path === swallowed) {
        swallowed = undefined
        given.resume()
        return
      }
      answer.writeHead(given.statusCode ?? 502, given.headers)
      pipeline(given, answer, () => undefined)
    })
    passedOn.on('error', () => answer.destroy())
    pipeline(asked, passedOn, () => undefined)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return {
    fetch: (input, init) => fetch((input as string).replace(`${server}/`, `${url}/`), init),
    answered,
    swallow(path) {
      swallowed = path
    },
    async close() {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
