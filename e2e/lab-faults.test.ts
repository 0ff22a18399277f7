/** Garbage, floods and silence: each server of the lab goes on, and its memory stays flat. */

import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand, startServerProcess } from './harness/server-process.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const psk = randomBytes(32).toString('hex')
const mebibyte = 1024 * 1024

let stage: Stage
let server: ServerProcess | undefined

beforeEach(async () => {
  stage = await openStage()
  await writeFile(join(stage.folder, '.env'), `LAB_SEALED_PSK=${psk}\n`)
})

afterEach(async () => {
  await server?.kill()
  await stage.close()
})

test.each(['opaque', 'hmac', 'jwt', 'one-time', 'sealed'])('%s goes on', async (name) => {
  server = await startServerProcess(['lab', 'serve', name, '--port', '0'], stage.folder)
  const { url, port, pid } = server
  await disturb(port)
  const before = await residentBytes(pid)
  for (let round = 0; round < 3; round++) await disturb(port)
  expect((await residentBytes(pid)) - before).toBeLessThan(48 * mebibyte)

  // Beside 200 connections that say nothing, and one that stops in the middle of a message.
  const idle = await Promise.all(Array.from({ length: 200 }, () => dial(port)))
  idle[0]!.write('POST / HTTP/1.1\r\nContent-Le')
  const flags = name === 'sealed' ? ['--psk', psk] : []
  expect(await runCommand(['lab', 'client', name, '--url', url, ...flags], stage.folder)).toMatchObject({ exitCode: 0 })
  for (const socket of idle) socket.destroy()
  expect(await server.stop()).toEqual({ exitCode: 0, signal: null })
})

async function disturb(port: number): Promise<void> {
  const garbage = [
    randomBytes(20_000),
    Buffer.from('\0\0\0\n\xff\xfe\n\r\n\r\n', 'latin1'),
    Buffer.alloc(mebibyte, 'x'),
    Buffer.concat([Buffer.alloc(mebibyte, 'y'), Buffer.from('\n')]),
    Buffer.from('{"a":'.repeat(10_000)),
    Buffer.from('half of a mess'),
    Buffer.from(`POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: ${mebibyte}\r\n\r\n${'z'.repeat(mebibyte)}`),
  ]
  for (let times = 0; times < 5; times++) await Promise.all(garbage.map((bytes) => throwAway(port, bytes)))
}

/** Sends, and goes away in the middle of it. */
async function throwAway(port: number, bytes: Uint8Array): Promise<void> {
  const socket = await dial(port)
  await new Promise((resolve) => socket.write(bytes, resolve))
  socket.resetAndDestroy()
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(socket))
    socket.on('error', reject)
    socket.resume()
  })
}

/** 0 where the system does not tell: all but Linux. */
async function residentBytes(pid: number): Promise<number> {
  if (process.platform !== 'linux') return 0
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
}
