/**
 * TCP of the lab: a message a line, an answer a line, in the order of the messages. What is answered is the system's
 * concern; how bytes become lines is `line-splitter.ts`'s.
 *
 * Whatever arrives is answered or costs no more than its own connection.
 */

import type { Buffer } from 'node:buffer'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { createLineSplitter } from './line-splitter.ts'
import { listen } from './listening.ts'
import { MessageRefusal } from './message-refusal.ts'

/** Answers the messages of one connection. A `MessageRefusal` that it throws becomes `[!] MESSAGE.` */
export type AnswerLine = (message: string) => string | Promise<string>

export interface LineServerLimits {
  /** How long a connection may go without a complete message. Default 30. */
  readonly idleSeconds?: number
  /** How long a message may be, its line end not counted. Default 65,536. */
  readonly mostBytes?: number
}

const mostConnections = 256
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `connect` is called once for each connection. Listens on a free port unless the options name one. */
export async function startLineServer(
  connect: (address: string) => AnswerLine,
  options: ServerOptions,
  limits: LineServerLimits = {},
): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0 } = options
  const sockets = new Set<Socket>()
  // Half open: who has said everything may still wait for answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serveConnection(socket, connect(socket.remoteAddress ?? ''), options, limits).catch(() => socket.destroy())
  })
  server.maxConnections = mostConnections
  const address = await listen(server, host, port)
  return { url: `tcp://${address}`, close: () => close(server, sockets) }
}

async function serveConnection(
  socket: Socket,
  answerLine: AnswerLine,
  { trace }: ServerOptions,
  { idleSeconds = 30, mostBytes = 65_536 }: LineServerLimits,
): Promise<void> {
  const idle = setTimeout(() => socket.destroy(), idleSeconds * 1000)
  socket.on('close', () => clearTimeout(idle))
  const reply = async (answer: string): Promise<void> => {
    trace?.({ from: 'server', to: 'client', text: answer })
    // Waits until it is sent: who reads no answers is read from no further.
    await new Promise((resolve) => socket.write(`${answer}\n`, resolve))
  }
  const lines = createLineSplitter(mostBytes)
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (const line of lines.split(chunk)) {
      idle.refresh()
      if (line !== 'too long') trace?.({ from: 'client', to: 'server', text: line.toString() })
      await reply(await answerMessage(line, answerLine))
      if (socket.destroyed) return
    }
  }
  if (lines.isInsideLine()) await reply(refusalLine('Incomplete message'))
  socket.end()
}

async function answerMessage(line: Buffer | 'too long', answerLine: AnswerLine): Promise<string> {
  try {
    if (line === 'too long') throw new MessageRefusal('Message too long')
    return await answerLine(readText(line))
  } catch (error) {
    if (error instanceof MessageRefusal) return refusalLine(error.message)
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return refusalLine('Internal error')
  }
}

function readText(line: Buffer): string {
  if (line.length === 0) throw new MessageRefusal('Malformed message')
  try {
    return utf8.decode(line)
  } catch {
    throw new MessageRefusal('Malformed message')
  }
}

function refusalLine(text: string): string {
  return `[!] ${text}.`
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}
