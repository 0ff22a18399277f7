/** Closing: requests in flight finish, within bounds; connections that ask for nothing are closed at once. */

import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface CloseOptions {
  readonly tls: boolean
  readonly withinMs: number
}

export function closeGracefully(app: FastifyInstance, { tls, withinMs }: CloseOptions): void {
  let closing = false
  // Node closes connections between two requests, but waits for those that never made one.
  const unused = new Set<Socket>()
  app.server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('onSend', async (_request, reply) => {
    if (closing) void reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    closing = true
    for (const socket of unused) socket.destroy()
    setTimeout(() => app.server.closeAllConnections(), withinMs).unref()
  })
}
