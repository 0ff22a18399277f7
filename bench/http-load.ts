/** Sends requests over pipelined sockets: little work per request, so that the server is what is measured. */

import { once } from 'node:events'
import { connect } from 'node:net'

const sockets = 8
const depth = 16
const head = Buffer.from('HTTP/1.1 ')

/** Sends a GET with each token and answers requests per second. Fails if any answer is not 200. */
export async function sendAll(port: number, tokens: readonly string[]): Promise<number> {
  const requests = tokens.map((token) =>
    Buffer.from(`GET /balance HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`),
  )
  const share = Math.ceil(requests.length / sockets)
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: sockets }, (_, index) => sendOn(port, requests.slice(index * share, (index + 1) * share))),
  )
  return (requests.length * 1000) / (performance.now() - startedAt)
}

async function sendOn(port: number, requests: readonly Buffer[]): Promise<void> {
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
        if (text.toString('latin1', at + 9, at + 12) !== '200') reject(new Error(text.toString('latin1', at, at + 200)))
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
  await done
  socket.destroy()

  function sendNext(count: number): void {
    const next = requests.slice(sent, sent + count)
    sent += next.length
    if (next.length > 0) socket.write(Buffer.concat(next))
  }
}
