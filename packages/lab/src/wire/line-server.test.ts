import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

import { afterEach, describe, expect, test } from 'vitest'

import type { RunningServer, TraceMessage } from '../running-server.ts'
import { openLineClient } from './line-client.ts'
import { startLineServer } from './line-server.ts'
import type { LineServerLimits } from './line-server.ts'

const servers: RunningServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

/** Answers each message with its length and beginning; the later the message, the sooner. */
async function setUp(limits: LineServerLimits = {}, trace?: (message: TraceMessage) => void) {
  let patience = 20
  const answer = async (message: string): Promise<string> => {
    await delay((patience -= 5) > 0 ? patience : 0)
    if (message === 'fail') throw new TypeError('on purpose')
    return `${message.length}:${message.slice(0, 5)}`
  }
  const server = await startLineServer(() => answer, trace === undefined ? {} : { trace }, limits)
  servers.push(server)
  const port = Number(new URL(server.url).port)
  return {
    ...server,
    dial: (): Socket => connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined),
    /** Sends bytes, ends, and answers all that came back. */
    say: async (...pieces: (string | Uint8Array)[]): Promise<string> => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      for (const piece of pieces) {
        socket.write(piece)
        await delay(1)
      }
      socket.end()
      return text(socket)
    },
  }
}

describe('lines over TCP', () => {
  test.each([
    ['pipelined messages in their order', ['a\nbb\nccc\n'], '1:a\n2:bb\n3:ccc\n'],
    ['a message in pieces', ['he', 'llo', ' you\n'], '9:hello\n'],
    ['\\r\\n as the end of a line', ['a\r\nb\r', '\n'], '1:a\n1:b\n'],
    ['what is no end of a line as part of it', ['a\rb\n'], '3:a\rb\n'],
  ])('answers %s', async (_, pieces, answers) => {
    const { say } = await setUp()
    expect(await say(...pieces)).toBe(answers)
  })

  test.each([
    ['an empty message', ['\na\n'], '[!] Malformed message.\n1:a\n'],
    ['what is not UTF-8', [Buffer.from([0xff, 0x0a]), 'a\n'], '[!] Malformed message.\n1:a\n'],
    ['the end inside a line', ['a\nb'], '1:a\n[!] Incomplete message.\n'],
    ['an answer that fails, with no word of why', ['fail\na\n'], '[!] Internal error.\n1:a\n'],
  ])('refuses %s', async (_, pieces, answers) => {
    const { say } = await setUp()
    expect(await say(...pieces)).toBe(answers)
  })

  test.each([
    ['65,536 bytes', `${'x'.repeat(65_536)}\na\n`, '65536:xxxxx\n1:a\n'],
    ['65,536 bytes and \\r\\n', `${'x'.repeat(65_536)}\r\na\n`, '65536:xxxxx\n1:a\n'],
    ['65,537 bytes', `${'x'.repeat(65_537)}\na\n`, '[!] Message too long.\n1:a\n'],
    ['65,537 bytes and \\r\\n', `${'x'.repeat(65_537)}\r\na\n`, '[!] Message too long.\n1:a\n'],
    ['1 MiB, told once, its rest dropped', `${'x'.repeat(1024 * 1024)}\na\n`, '[!] Message too long.\n1:a\n'],
    ['1 MiB without an end', 'x'.repeat(1024 * 1024), '[!] Message too long.\n'],
    ['too many bytes of two each', `${'é'.repeat(32_769)}\na\n`, '[!] Message too long.\n1:a\n'],
  ])('a message of %s', async (_, message, answers) => {
    const { say } = await setUp()
    expect(await say(message)).toBe(answers)
  })

  test('closes a connection that completes no message in time, also one that goes on sending bytes', async () => {
    const { dial } = await setUp({ idleSeconds: 0.2 })
    const closed = (socket: Socket) => new Promise((resolve) => socket.resume().on('close', resolve).on('end', resolve))
    const [silent, trickling] = [dial(), dial()]
    const trickle = setInterval(() => trickling.write('x'), 20)
    await Promise.all([closed(silent), closed(trickling)])
    clearInterval(trickle)
    for (const socket of [silent, trickling]) socket.destroy()
  })

  test('a connection that goes on completing messages stays', async () => {
    const { url } = await setUp({ idleSeconds: 0.3 })
    const client = await openLineClient(url)
    for (let round = 0; round < 10; round++) {
      await delay(50)
      expect(await client.send('a')).toBe('1:a')
    }
    client.close()
  })

  test('serves 256 connections at once and no more; who closes makes room', async () => {
    const { url } = await setUp()
    const clients = await Promise.all(Array.from({ length: 256 }, () => openLineClient(url)))
    expect(new Set(await Promise.all(clients.map((client) => client.send('a'))))).toEqual(new Set(['1:a']))
    const refused = await openLineClient(url)
    expect(await refused.send('a')).toBe('')
    clients[0]!.close()
    await delay(50)
    const next = await openLineClient(url)
    expect(await next.send('a')).toBe('1:a')
    for (const client of [...clients, next]) client.close()
  })

  test('who goes away in the middle of a message, or reads no answers, disturbs nobody', async () => {
    const { url, dial } = await setUp()
    const client = await openLineClient(url)
    for (let round = 0; round < 20; round++) {
      const socket = dial()
      await once(socket, 'connect')
      socket.write('a\nhalf of a mess')
      socket.resetAndDestroy()
    }
    const deaf = dial()
    await once(deaf, 'connect')
    deaf.pause()
    deaf.write('x\n'.repeat(100_000))
    expect(await client.send('a')).toBe('1:a')
    deaf.destroy()
    client.close()
  })

  test('random bytes get refusals or answers, a line for a line', async () => {
    const { say } = await setUp()
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7919 + (at >> 3)) & 0xff))
    const lines = bytes.toString('latin1').split('\n').length
    expect((await say(bytes)).split('\n').length - 1).toBe(lines - (bytes.at(-1) === 0x0a ? 1 : 0))
  })

  test('tells whoever traces every message', async () => {
    const seen: TraceMessage[] = []
    const { say } = await setUp({}, (message) => seen.push(message))
    await say('hello\n')
    expect(seen).toEqual([
      { from: 'client', to: 'server', text: 'hello' },
      { from: 'server', to: 'client', text: '5:hello' },
    ])
  })
})

describe('the line client', () => {
  test('answers an empty text where the server closes first', async () => {
    const { url } = await setUp({ idleSeconds: 0.05 })
    const client = await openLineClient(url)
    await delay(150)
    expect(await client.send('a')).toBe('')
    expect(client.exchanges).toEqual([{ from: 'client', to: 'server', sent: 'a', received: '' }])
  })

  test('fails where nothing listens', async () => {
    await expect(openLineClient('tcp://127.0.0.1:1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
