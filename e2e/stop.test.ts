/** A server that is told to stop finishes what it has begun, and says so by its exit code. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buyCode, builtInClient, call, redeem, tokensOf, userinfo } from './harness/client.ts'
import { bin, cleanEnvironment } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const alice = { username: 'alice', password: 'a-long-password-of-hers' }

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

test('SIGTERM: sign-ins in flight are answered, what they bought is kept, the exit code is 0', async () => {
  const server = await stage.serve()
  await stage.administer(server.url, (administration) => administration.createUser(alice))
  // Passwords are hashed two at a time: when the first answer is there, the others are under way.
  const signIns = Array.from({ length: 4 }, () => buyCode(server.url, alice))
  await Promise.race(signIns)
  const end = server.stop()

  const codes = await Promise.all(signIns)
  expect(codes.map(({ status }) => status)).toEqual(Array(4).fill(200))
  expect(await end).toEqual({ exitCode: 0, signal: null })
  await expect(call(server.url)).rejects.toThrow()

  await stage.serve({ port: server.port })
  for (const code of codes) {
    const { accessToken } = tokensOf(await redeem(server.url, code))
    expect((await userinfo(server.url, accessToken)).status).toBe(200)
  }
})

test('SIGTERM: a request whose body is still coming is answered', async () => {
  const server = await stage.serve()
  const body = `client_id=${builtInClient}&token=unknown`
  const socket = connect(server.port, '127.0.0.1')
  socket.write(
    `POST /oauth/revoke HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nExpect: 100-continue\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  // The server has the head of the request when it says `100 Continue`.
  await new Promise((resolve) => socket.once('data', resolve))
  socket.write(body.slice(0, 10))
  const end = server.stop()
  await expect
    .poll(() =>
      call(server.url).then(
        () => 'listens',
        () => 'stopped listening',
      ),
    )
    .toBe('stopped listening')
  socket.write(body.slice(10))

  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
  expect(await end).toEqual({ exitCode: 0, signal: null })
})

test('SIGTERM in the moment in which it says that it listens', async () => {
  const server = await stage.serve()
  expect(await server.stop()).toEqual({ exitCode: 0, signal: null })
})

test('SIGINT: stops at once where nothing is in flight, though connections are open', async () => {
  const server = await stage.serve()
  const socket = connect(server.port, '127.0.0.1')
  await call(`${server.url}/health/live`)
  const startedAt = performance.now()
  expect(await server.stop('SIGINT')).toEqual({ exitCode: 0, signal: null })
  expect(performance.now() - startedAt).toBeLessThan(3000)
  socket.destroy()
})

test('a server of the demo or the lab ends when these are gone, however they ended', async () => {
  const args = ['serve', '--dev', '--port', '0', '--data', stage.dataFolder, '--log-level', 'silent']
  const server = spawn(process.execPath, ['--conditions=source', bin, ...args], {
    cwd: stage.folder,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  })
  const ended = once(server, 'exit')
  await once(server.stdout!, 'data')
  server.disconnect()
  expect(await ended).toEqual([0, null])
})
