/**
 * The TCP lines of clients and attackers: bytes out, bytes in, every message recorded. It knows nothing of any server.
 */

import { Buffer } from 'node:buffer'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

import type { Exchange } from '../running-server.ts'
import { createLineSplitter } from './line-splitter.ts'

export interface LineClientOptions {
  /** Who sends. Default `client`. */
  readonly from?: string
  readonly report?: (exchange: Exchange) => void
}

export interface LineClient {
  readonly exchanges: readonly Exchange[]
  /**
   * Sends a line and answers the line that comes back; an empty text where the connection closed first or nothing came
   * for ten seconds. Lines may be sent before the answers to earlier ones are there.
   */
  send(message: string | Uint8Array, note?: string): Promise<string>
  close(): void
}

const mostRecorded = 2000
const mostAnswerBytes = 16 * 1024 * 1024
const patienceMs = 10_000

/** @throws an error of Node's where nothing listens. */
export async function openLineClient(url: string, options: LineClientOptions = {}): Promise<LineClient> {
  const { from = 'client', report } = options
  const socket = await open(url)
  const exchanges: Exchange[] = []
  const waiting: ((answer: string) => void)[] = []
  const lines = createLineSplitter(mostAnswerBytes)
  socket.setTimeout(patienceMs, () => {
    if (waiting.length > 0) socket.destroy()
  })
  socket.on('data', (chunk: Buffer) => {
    for (const line of lines.split(chunk)) waiting.shift()?.(line.toString())
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const settle of waiting.splice(0)) settle('')
  })
  return {
    exchanges,
    send: async (message, note) => {
      const received = await new Promise<string>((resolve) => {
        if (socket.destroyed) return resolve('')
        waiting.push(resolve)
        socket.write(Buffer.concat([Buffer.from(message), Buffer.from('\n')]))
      })
      const sent = typeof message === 'string' ? message : Buffer.from(message).toString()
      const words = { sent: cut(sent), received: cut(received), ...(note === undefined ? {} : { note }) }
      const exchange: Exchange = { from, to: 'server', ...words }
      exchanges.push(exchange)
      report?.(exchange)
      return received
    },
    close: () => {
      socket.destroy()
    },
  }
}

function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

function cut(text: string): string {
  return text.length <= mostRecorded ? text : `${text.slice(0, mostRecorded)}… (${text.length} characters)`
}
