/** Bodies of requests whose client, or whose handlers before the guard, do not behave. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { fromNodeRequest } from './node-request.ts'

/** Sends five bytes of a body, does what is said at both ends, and answers what the guard reads then. */
async function read(before: (request: IncomingMessage, client: Socket) => unknown): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write('POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\n\r\nhello')
  try {
    const [request] = (await once(server, 'request')) as [IncomingMessage]
    await before(request, client)
    return `${Buffer.from((await fromNodeRequest(request).readBody?.()) ?? [])}`
  } finally {
    client.destroy()
    server.close()
  }
}

test('a body is read as it came', async () => {
  expect(await read(() => undefined)).toBe('hello')
})

test('a body that somebody paused is read', async () => {
  expect(await read((request) => request.pause())).toBe('hello')
})

test('the body of a client that went before the guard came to it is incomplete, and nobody waits for it', async () => {
  const leave = async (request: IncomingMessage, client: Socket): Promise<void> => {
    client.destroy()
    await new Promise((resolve) => request.on('close', resolve))
  }
  await expect(read(leave)).rejects.toMatchObject({ name: 'GuardError', code: 'body_incomplete' })
})

for (const [how, take] of [
  ['was read', (request: IncomingMessage) => once(request.resume(), 'end')],
  ['was made text', (request: IncomingMessage) => request.setEncoding('utf8')],
] as const) {
  test(`a body that ${how} before is the route's mistake`, async () => {
    await expect(read(take)).rejects.toThrow(
      new TypeError('the body was read before the guard could: put the guard first'),
    )
  })
}
