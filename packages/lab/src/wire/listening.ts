/**
 * Opening and closing a server's port, as promises.
 */

import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'

/**
 * Answers `HOST:PORT` as it is written in a URL, with the port that was taken where any was asked for.
 *
 * @throws an error of Node's where the address is taken.
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { address, family, port: taken } = server.address() as AddressInfo
  return `${family === 'IPv6' ? `[${address}]` : address}:${taken}`
}

/** Waits for nobody: what is under way is cut off. */
export function closeHttp(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
