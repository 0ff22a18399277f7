/** Sends requests over a few sockets: little work per request, so that the server is what is measured. */

import { once } from 'node:events'
import { connect } from 'node:net'

/** How many connections there are, and how many requests are under way on each. */
export interface Traffic {
  readonly sockets: number
  readonly depth: number
}

export const pipelined: Traffic = { sockets: 8, depth: 16 }
/** What is not idempotent is not to be pipelined (RFC 9112 §9.3.2). */
export const oneByOne: Traffic = { sockets: 64, depth: 1 }

const head = Buffer.from('HTTP/1.1 ')

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** All but the length of the body. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Answers the bytes of a request. */
export function encodeRequest({ method, path, headers, body }: HttpRequest): Buffer {
  const fields = { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`)
}

/** Sends all requests and waits for their answers. Fails if any is not 200. */
export async function sendAll(
  port: number,
  requests: readonly Buffer[],
  { sockets, depth }: Traffic = pipelined,
): Promise<void> {
  const share = Math.ceil(requests.length / sockets)
  const shares = Array.from({ length: sockets }, (_, index) => requests.slice(index * share, (index + 1) * share))
  const stopSpinning = spin()
  try {
    await Promise.all(shares.filter(({ length }) => length > 0).map((some) => sendOn(port, some, depth)))
  } finally {
    stopSpinning()
  }
}

/** Keeps this process awake: whoever answers would have to wake it, at a price that only the busiest server is spared. */
function spin(): () => void {
  let isDone = false
  const turn = (): void => {
    if (!isDone) setImmediate(turn)
  }
  turn()
  return () => {
    isDone = true
  }
}

async function sendOn(port: number, requests: readonly Buffer[], depth: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  let sent = 0
  let answered = 0
  const done = new Promise<void>((resolve, reject) => {
    // An answer's first bytes may fall across two chunks: the last few are kept for the next search.
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let answers = 0
      let at = text.indexOf(head)
      let end = 0
      while (at !== -1 && at + 12 <= text.length) {
        if (text.toString('latin1', at + 9, at + 12) !== '200') reject(new Error(text.toString('latin1', at, at + 800)))
        answers += 1
        end = at + 12
        at = text.indexOf(head, end)
      }
      rest = text.subarray(Math.max(end, text.length - 12))
      answered += answers
      if (answered === requests.length) resolve()
      else sendNext(answers)
    })
    socket.on('error', reject)
    socket.on('close', () => {
      reject(new Error('the server closed the connection'))
    })
    sendNext(depth)
  })
  await done.finally(() => socket.destroy())

  function sendNext(count: number): void {
    const next = requests.slice(sent, sent + count)
    sent += next.length
    if (next.length > 0) socket.write(Buffer.concat(next))
  }
}
