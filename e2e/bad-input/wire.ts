/** HTTP as bytes: what no well-behaved client would send, and what comes back for it. Judging it is left to `judge.ts`. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface WireAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** Head and body as they came. */
  readonly text: string
}

export interface WireRequest {
  readonly bytes: Buffer
  /** The answer to HEAD has no body, whatever its length says. */
  readonly isHead: boolean
}

/** A connection that is kept open from request to request, and opened again where the server has closed it. */
export interface Wire {
  /**
   * Sends requests in one go. Answers as many as came until the connection ended; those behind a request after which the
   * server closes are left unanswered.
   */
  exchange(requests: readonly WireRequest[]): Promise<readonly WireAnswer[]>
  close(): void
}

export function openWire(port: number): Wire {
  let socket: Socket | undefined
  return {
    async exchange(requests) {
      if (requests.length === 0) return []
      // The server may have closed it since.
      if (socket?.writable !== true || socket.readableEnded)
        socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => undefined)
      const { answers, mustClose } = await talk(socket, requests)
      if (mustClose) socket.destroy()
      return answers
    },
    close: () => socket?.destroy(),
  }
}

interface Talk {
  readonly answers: readonly WireAnswer[]
  readonly mustClose: boolean
}

function talk(socket: Socket, requests: readonly WireRequest[]): Promise<Talk> {
  return new Promise((resolve) => {
    const answers: WireAnswer[] = []
    let received: Buffer = Buffer.alloc(0)
    const end = (mustClose: boolean): void => {
      socket.off('data', read).off('close', close).off('end', close).off('error', close)
      resolve({ answers, mustClose })
    }
    const close = (): void => end(true)
    const read = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      for (;;) {
        const parsed = parseAnswer(received, requests[answers.length]?.isHead === true)
        if (parsed === undefined) return
        received = received.subarray(parsed.length)
        if (parsed.answer.status < 200) continue
        answers.push(parsed.answer)
        if (parsed.answer.headers.get('connection') === 'close') return end(true)
        if (answers.length === requests.length) return end(received.length > 0)
      }
    }
    socket.on('data', read).on('close', close).on('end', close).on('error', close)
    socket.write(Buffer.concat(requests.map(({ bytes }) => bytes)))
  })
}

/** Answers `undefined` while there is more to come. */
function parseAnswer(bytes: Buffer, isHead: boolean): { answer: WireAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const hasBody = !isHead && status >= 200 && status !== 204
  const length = end + 4 + (hasBody ? Number(headers.get('content-length') ?? 0) : 0)
  if (bytes.length < length) return undefined
  const body = bytes.toString('utf8', end + 4, length)
  return { answer: { status, headers, body, text: bytes.toString('utf8', 0, length) }, length }
}
