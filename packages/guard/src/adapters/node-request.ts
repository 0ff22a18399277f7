/** A Node request as the guard reads it: for `node:http`, Express, Fastify, and Hono on Node. */

import type { Readable } from 'node:stream'
import type { PeerCertificate } from 'node:tls'
import { bodyIncomplete, bodyTooLarge, maxBodyBytes } from '../guard-request.ts'
import type { GuardRequest } from '../guard-request.ts'

/** What is needed of a request of `node:http`, `node:https` or `node:http2`. */
export interface NodeRequest extends Readable {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly rawHeaders: string[]
  readonly headers: Record<string, string | string[] | undefined>
  readonly socket: NodeSocket
}

interface NodeSocket {
  readonly remoteAddress?: string | undefined
  /** On a TLS connection. */
  readonly getPeerCertificate?: () => PeerCertificate | object
}

/**
 * Answers what the guard reads, most of it when it is asked for.
 *
 * @param url The request target, where the framework has changed the request's own.
 */
export function fromNodeRequest(request: NodeRequest, url: string = request.url ?? ''): GuardRequest {
  return {
    method: request.method ?? '',
    url,
    rawHeaders: request.rawHeaders,
    readBody: (maxBytes) => readNodeBody(request, maxBytes),
    get clientCertificate() {
      return peerCertificate(request.socket)
    },
    get remoteAddress() {
      return request.socket.remoteAddress
    },
  }
}

/** Has the request say of its body, which the guard has read, the type that was signed or sealed, or none. */
export function setContentType({ headers }: NodeRequest, contentType: string | undefined): void {
  if (contentType === undefined) delete headers['content-type']
  else headers['content-type'] = contentType
}

function peerCertificate(socket: NodeSocket): Uint8Array | undefined {
  const certificate = socket.getPeerCertificate?.()
  return certificate !== undefined && 'raw' in certificate ? certificate.raw : undefined
}

async function readNodeBody(request: NodeRequest, maxBytes: number = maxBodyBytes): Promise<Uint8Array> {
  if (request.readableDidRead || request.readableEncoding !== null) {
    throw new TypeError('the body was read before the guard could: put the guard first')
  }
  // It went while others were asked, for a key set or a status list: no event is left to come.
  if (request.destroyed) throw bodyIncomplete(request.errored)
  if (Number(request.headers['content-length']) > maxBytes) throw bodyTooLarge(maxBytes)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
      else stop(() => reject(bodyTooLarge(maxBytes)))
    }
    const onEnd = (): void => stop(() => resolve(Buffer.concat(chunks, length)))
    const onError = (error?: unknown): void => stop(() => reject(bodyIncomplete(error)))
    // Not the stream's own iterator: it destroys the connection, and with it the answer. What still comes is let go by.
    const stop = (settle: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onError)
      settle()
    }
    // Resumed, should somebody have paused it to wait for the guard.
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onError).resume()
  })
}
